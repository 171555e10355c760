package dev.limpet.e2e.affinity.load;

import dev.limpet.e2e.affinity.history.Op;
import dev.limpet.e2e.affinity.history.Timeline;
import dev.limpet.e2e.affinity.site.ClientKind;
import dev.limpet.e2e.affinity.site.HttpConnection;
import dev.limpet.e2e.affinity.site.TestedNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client of a site. It acts as one does behind a DNS name: any node will do, several at once
 * when a page has pictures, and every now and then it forgets everything. One act at a time, though
 * its requests may overlap.
 */
final class Client {

  /** Requests after which a session is given up: from the first to the second. */
  private static final int SHORT_LIFE = 10;

  private static final int LONG_LIFE = 200;

  private final String name;
  private final ClientKind kind;
  private final List<TestedNode> nodes;
  private final Timeline time;
  private final SplittableRandom random;
  private final Consumer<Op> record;
  private final AtomicInteger left = new AtomicInteger();
  private int life;
  private volatile @Nullable String token;
  private volatile boolean placed;

  /** Whether a backend has said that it does not know the session. */
  private volatile boolean ended;

  /**
   * @param nodes those that make up the site at any time
   */
  Client(
      String name,
      ClientKind kind,
      List<TestedNode> nodes,
      Timeline time,
      SplittableRandom random,
      Consumer<Op> record) {
    this.name = name;
    this.kind = kind;
    this.nodes = nodes;
    this.time = time;
    this.random = random;
    this.record = record;
  }

  /** How many requests the next {@link #act} is going to send. */
  int plan() {
    if (left.get() <= 0 || ended) {
      ended = false;
      left.set(random.nextInt(SHORT_LIFE, LONG_LIFE));
      life++;
      token = kind.token(random);
      placed = false;
    }
    // A client that nobody has placed yet asks for one thing, and for more when it has the page.
    return placed ? 1 + random.nextInt(8) / 5 * random.nextInt(1, 3) : 1;
  }

  /** Sends the requests: all at the same time at different nodes, or each as soon as it may. */
  void act(int requests) throws InterruptedException {
    boolean atOnce = random.nextBoolean();
    TestedNode node = anyNode();
    Thread[] others = new Thread[requests - 1];
    for (int i = 0; i < others.length; i++) {
      TestedNode other = anyNode();
      others[i] = Thread.ofVirtual().unstarted(() -> ask(other));
      if (atOnce) {
        others[i].start();
      }
    }
    ask(node);
    for (Thread other : others) {
      if (!atOnce) {
        other.start();
      }
      other.join();
    }
  }

  /** Most clients keep away from a node that does not answer, as health-checked DNS does. */
  private TestedNode anyNode() {
    List<TestedNode> known = List.copyOf(nodes);
    TestedNode node = known.get(random.nextInt(known.size()));
    return node.answers() || random.nextInt(5) == 0
        ? node
        : known.get(random.nextInt(known.size()));
  }

  private void ask(TestedNode node) {
    if (ended) {
      return;
    }
    left.decrementAndGet();
    String session = kind.name() + "-" + name + "." + life;
    String carried = token;
    byte[] request = kind.request(carried);
    long sent = time.now();
    try {
      HttpConnection.Response response = node.clients().get(request);
      String told = kind.told(response);
      String backend = response.header("x-backend");
      record.accept(
          new Op(
              session,
              node.name(),
              sent,
              time.now(),
              brief(carried),
              brief(told),
              response.status(),
              backend,
              ""));
      if (told != null) {
        token = told;
      }
      placed |= backend != null;
      ended |= response.status() == 400;
    } catch (IOException e) {
      record.accept(
          new Op(
              session, node.name(), sent, time.now(), brief(carried), null, 0, null, describe(e)));
    }
  }

  private static String describe(IOException e) {
    return switch (e) {
      case ConnectException refused -> "connection refused";
      case SocketTimeoutException late -> Op.LATE;
      default -> String.valueOf(e.getMessage());
    };
  }

  /** Enough to tell tokens apart in a history. */
  private static @Nullable String brief(@Nullable String token) {
    return token == null ? null : Integer.toHexString(token.hashCode());
  }
}
