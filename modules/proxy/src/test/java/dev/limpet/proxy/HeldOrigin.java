package dev.limpet.proxy;

import dev.limpet.testkit.Origin;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that answers a request, with its target, when it is told to. */
final class HeldOrigin implements AutoCloseable {

  private final Semaphore answers = new Semaphore(0);
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final Origin origin;

  HeldOrigin() {
    origin =
        new Origin(
            (self, socket) -> {
              String request = self.readRequest(socket);
              while (!request.isEmpty()) {
                most.accumulateAndGet(active.incrementAndGet(), Math::max);
                answers.acquireUninterruptibly();
                active.decrementAndGet();
                String target = request.split(" ", 3)[1];
                self.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + target);
                request = self.readRequest(socket);
              }
            });
  }

  int port() {
    return origin.port();
  }

  /** Answers so many requests, whether they are here or still to come. */
  void answer(int requests) {
    answers.release(requests);
  }

  int active() {
    return active.get();
  }

  /** The most requests that were here at one time. */
  int most() {
    return most.get();
  }

  /** The next request's target. */
  String next() throws InterruptedException {
    return origin.nextRequest().split(" ", 3)[1];
  }

  void die() {
    origin.close();
    answers.release(1000);
  }

  @Override
  public void close() {
    die();
  }
}
