package dev.limpet.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.ActorSystem;
import akka.stream.ActorAttributes;
import akka.stream.Attributes;
import akka.stream.Materializer;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.loop.EventLoops;
import dev.limpet.transport.loop.Loop;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A listener that stops must not reset clients to whom their connection stands. */
class UnbindTest {

  private final ActorSystem system =
      ActorSystem.create(
          "transport",
          EventLoops.dispatcherConfig(2, 0)
              .withFallback(
                  ConfigFactory.parseString("akka.loglevel = off, akka.stdout-loglevel = off"))
              .withFallback(ConfigFactory.load()));
  private final Materializer materializer = Materializer.createMaterializer(system);

  @AfterEach
  void stop() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }

  @Test
  void whatTheKernelHasAcceptedIsServed() throws Exception {
    Listener listener = bind(1000);
    CountDownLatch busy = new CountDownLatch(1);
    for (Loop loop : EventLoops.of(system).all()) {
      loop.executor().execute(() -> awaitQuietly(busy));
    }
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 50; i++) {
        clients.add(connect(listener));
      }
      CompletionStage<?> closed = listener.unbind();
      busy.countDown();
      assertAllAreServed(clients);
      closed.toCompletableFuture().join();
    } finally {
      closeAll(clients);
    }
  }

  /** As in a process that has just started, whose first requests take a second each. */
  @Test
  void aBusyLoopComesToThemLateAndServesThemAllTheSame() throws Exception {
    Listener listener =
        bind(
            1000,
            bytes -> {
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
              return bytes;
            });
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 12; i++) {
        Socket client = connect(listener);
        client.getOutputStream().write('x');
        clients.add(client);
      }
      listener.unbind();
      for (Socket client : clients) {
        assertThat(client.getInputStream().read()).isEqualTo('x');
      }
    } finally {
      closeAll(clients);
    }
  }

  @Test
  void whatWaitsForASlotIsServed() throws Exception {
    Listener listener = bind(3);
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Socket client = connect(listener);
        clients.add(client);
        // Who says nothing makes room for those who wait.
        client.getOutputStream().write('x');
      }
      await().until(() -> listener.connections() == 3);
      listener.unbind().toCompletableFuture().join();
      assertThat(listener.isIdle()).isFalse();
      List<CompletableFuture<Void>> served = new ArrayList<>();
      for (Socket client : clients) {
        served.add(
            CompletableFuture.runAsync(
                () -> {
                  try (client) {
                    assertThat(client.getInputStream().read()).isEqualTo('x');
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                },
                task -> Thread.ofVirtual().start(task)));
      }
      served.forEach(CompletableFuture::join);
      await().until(listener::isIdle);
    } finally {
      closeAll(clients);
    }
  }

  /** Clients that come all the time are served or refused, and nothing in between. */
  @Test
  void whoConnectsAtThatMomentIsServedOrRefused() throws Exception {
    AtomicInteger served = new AtomicInteger();
    for (int round = 0; round < 10; round++) {
      Listener listener = bind(1000);
      List<CompletableFuture<Void>> clients = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        clients.add(
            CompletableFuture.runAsync(
                () -> connectUntilRefused(listener, served),
                task -> Thread.ofPlatform().daemon().start(task)));
      }
      int before = served.get();
      await().until(() -> served.get() > before + 50);
      listener.unbind().toCompletableFuture().join();
      clients.forEach(CompletableFuture::join);
    }
  }

  private static void connectUntilRefused(Listener listener, AtomicInteger served) {
    while (true) {
      try (Socket client = connect(listener)) {
        client.setSoLinger(true, 0);
        assertThat(echo(client)).isEqualTo('x');
        served.incrementAndGet();
      } catch (ConnectException refused) {
        return;
      } catch (IOException e) {
        throw new AssertionError("a connection that stood was lost", e);
      }
    }
  }

  private static void assertAllAreServed(List<Socket> clients) throws IOException {
    for (Socket client : clients) {
      assertThat(echo(client)).isEqualTo('x');
    }
  }

  private static int echo(Socket client) throws IOException {
    client.getOutputStream().write('x');
    return client.getInputStream().read();
  }

  private static void closeAll(List<Socket> clients) throws IOException {
    for (Socket client : clients) {
      client.close();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Socket connect(Listener listener) throws IOException {
    InetSocketAddress address = listener.localAddress();
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort());
    socket.setSoTimeout(60_000);
    return socket;
  }

  private Listener bind(int maxConnections) {
    return bind(maxConnections, bytes -> bytes);
  }

  private Listener bind(int maxConnections, Function<ByteString, ByteString> answer) {
    Settings.Listener settings = TestListener.at(0, maxConnections);
    Listener bound =
        Listener.bind(
                EventLoops.of(system),
                settings,
                null,
                (connection, by) ->
                    Connection.FLOW
                        .join(Flow.<ByteString>create().map(answer::apply))
                        .withAttributes(
                            ActorAttributes.dispatcher(connection.loop().dispatcherId())
                                .and(Attributes.apply(connection)))
                        .run(materializer))
            .toCompletableFuture()
            .join();
    bound.serve(settings, null);
    return bound;
  }
}
