package dev.limpet.e2e.affinity.load;

import dev.limpet.e2e.affinity.history.Op;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.affinity.site.ClientKind;
import dev.limpet.e2e.affinity.site.Site;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Clients that send so many requests a second, whether or not earlier ones have been answered:
 * nodes that hang do not slow the others' clients down. They come bit by bit, since all nodes have
 * just started, with cold code, on one machine.
 */
public final class Load {

  /** For each request a second: enough for many to hang for as long as a client waits. */
  private static final double CLIENTS = 1.5;

  /** For each node, until all clients have come. */
  private static final double ARRIVAL_NANOS = 6e9;

  private static final double FIRST_SHARE = 0.05;

  private final Timeline time;
  private final int rate;
  private final double arrival;
  private final Deque<Client> idle = new ArrayDeque<>();
  private final List<Op> ops = new ArrayList<>();

  public Load(Site site, Timeline time, int rate, SplittableRandom random) {
    this.time = time;
    this.rate = rate;
    this.arrival = ARRIVAL_NANOS * site.members().size();
    for (int i = 0; i < Math.ceil(rate * CLIENTS); i++) {
      ClientKind kind = ClientKind.ALL.get(i % ClientKind.ALL.size());
      idle.add(
          new Client(
              Integer.toString(i), kind, site.members(), time, random.split(), this::record));
    }
  }

  /** Goes on until that time, and returns when the last request has ended. */
  public List<Op> run(long until) throws InterruptedException {
    List<Thread> acts = new ArrayList<>();
    double perRequest = 1e9 / rate;
    long start = time.now();
    double due = start;
    while (time.now() < until) {
      Client client = take();
      int requests = client == null ? 1 : client.plan();
      if (client != null) {
        acts.add(Thread.ofVirtual().start(() -> act(client, requests)));
      }
      if (acts.size() > 10_000) {
        acts.removeIf(act -> !act.isAlive());
      }
      double share = Math.clamp((due - start) / arrival, FIRST_SHARE, 1);
      due += requests * perRequest / share;
      LockSupport.parkNanos((long) due - time.now());
    }
    for (Thread act : acts) {
      act.join();
    }
    synchronized (ops) {
      return List.copyOf(ops);
    }
  }

  private void act(Client client, int requests) {
    try {
      client.act(requests);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (idle) {
      idle.addLast(client);
    }
  }

  private @Nullable Client take() {
    synchronized (idle) {
      return idle.pollFirst();
    }
  }

  private void record(Op op) {
    synchronized (ops) {
      ops.add(op);
    }
  }
}
