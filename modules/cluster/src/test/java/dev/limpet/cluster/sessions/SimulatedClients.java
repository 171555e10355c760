package dev.limpet.cluster.sessions;

import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SplitMix64;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Requests as the proxy makes them of the session table, and what their clients are told. */
final class SimulatedClients {

  private static final Duration TTL = Duration.ofHours(1);

  /**
   * The last of the keys is replicated without a quorum: nothing is promised, but that nodes agree.
   */
  private static final int ASYNC = SimulatedPlan.KEYS - 1;

  /** The first are made by servers, and known to clients from when they are bound. */
  private static final int LEARNED = 4;

  private final Simulation simulation;
  private final SimulatedHistory history;
  private final boolean[] beginning = new boolean[LEARNED];
  private final boolean[] begun = new boolean[LEARNED];

  /** The nodes whose answers are awaited, each as often as it owes one. */
  private final List<SimulatedNode> waiting = new ArrayList<>();

  /** By nodes: a server that one which is cut off takes for dead, and from when to when. */
  private final long[][] blind;

  SimulatedClients(Simulation simulation, SimulatedHistory history) {
    this.simulation = simulation;
    this.history = history;
    this.blind = new long[simulation.nodeCount()][3];
    history.unpromised(key(ASYNC));
  }

  static SessionKey key(int number) {
    return new SessionKey(SplitMix64.mix(number), number);
  }

  /** A node that is cut off may be wrong about a server. */
  void blind(int seat, int server, long from, long until) {
    blind[seat] = new long[] {server + 1L, from, until};
  }

  void request(SimulatedNode node, int number, long seed) {
    Random random = new Random(seed);
    simulation.at(
        node,
        0,
        () -> {
          if (number >= LEARNED || begun[number]) {
            new Request(node, number, random, 0).run();
          } else if (!beginning[number]) {
            beginning[number] = true;
            bind(node, number, random);
          }
        });
  }

  boolean isCurrent(SimulatedNode node) {
    for (int number = 0; number < SimulatedPlan.KEYS; number++) {
      if (!node.sessions().isCurrent(key(number))) {
        return false;
      }
    }
    return true;
  }

  void readAll(List<SimulatedNode> nodes) {
    Random random = new Random(1);
    for (int number = 0; number < SimulatedPlan.KEYS; number++) {
      for (SimulatedNode node : nodes) {
        if (number >= LEARNED || begun[number]) {
          new Request(node, number, random, 9).run();
        }
      }
    }
  }

  /** Who waits for a node that lives waits for ever. */
  @Nullable String unanswered() {
    long count = waiting.stream().filter(node -> !node.isDead()).count();
    return count == 0 ? null : "P4: %d requests are never answered".formatted(count);
  }

  /** At the end all tables are the same. */
  @Nullable String disagreement(List<SimulatedNode> nodes) {
    for (int number = 0; number < SimulatedPlan.KEYS; number++) {
      long[] first = placement(nodes.getFirst(), number);
      for (SimulatedNode node : nodes) {
        if (!Arrays.equals(placement(node, number), first)) {
          return "nodes do not agree on key " + number + " when all is well";
        }
      }
    }
    return null;
  }

  /** What a node holds of a key, but for its expiry, which other nodes hear of later. */
  static long[] placement(SimulatedNode node, int number) {
    long[] entry = node.sessions().store().entry(key(number));
    return entry == null ? Bucket.EMPTY : Arrays.copyOf(entry, Bucket.LONGS - 1);
  }

  private void bind(SimulatedNode node, int number, Random random) {
    SessionKey key = key(number);
    long server = choose(node, key, random.nextLong());
    boolean ready = node.isReady();
    long asked = simulation.now();
    waiting.add(node);
    node.sessions()
        .bind(key, server, TTL, Settings.Replicate.QUORUM)
        .thenAccept(
            placement -> {
              waiting.remove(node);
              begun[number] = true;
              if (isAlone(node, ready)) {
                history.unpromised(key);
              } else {
                told(
                    new SimulatedHistory.Answer(
                        key, node.seat(), "bind", asked, simulation.now(), placement));
              }
              followUp(node, number, random, 0);
            });
  }

  private void told(SimulatedHistory.Answer answer) {
    history.add(answer);
    simulation.say(answer.toString());
  }

  /** The client comes again at once, to another node. */
  private void followUp(SimulatedNode node, int number, Random random, int depth) {
    if (depth < 3 && random.nextInt(3) > 0) {
      int nodes = simulation.nodeCount();
      int other = (node.seat() + 1 + random.nextInt(nodes - 1)) % nodes;
      long wait = random.nextLong(10_000, 5 * SimulatedPlan.MILLI);
      simulation.at(
          null,
          wait,
          () -> {
            SimulatedNode next = simulation.node(other);
            simulation.at(next, 0, () -> new Request(next, number, random, depth + 1).run());
          });
    }
  }

  private boolean isUsable(SimulatedNode node, long server) {
    long now = simulation.now();
    long[] wrong = blind[node.seat()];
    if (wrong[0] == server && wrong[1] <= now && now < wrong[2] && !node.isReady()) {
      return false;
    }
    // Each node hears of it at another time.
    long hearsay =
        Math.floorMod(SplitMix64.mix(server * 31 + node.seat()), SimulatedHistory.HEARSAY);
    return !history.isGone(server, now - hearsay);
  }

  private long choose(SimulatedNode node, SessionKey key, long random) {
    long best = 0;
    for (long server = 1; server <= SimulatedPlan.SERVERS; server++) {
      boolean better =
          best == 0
              || SplitMix64.mix(key.high() ^ random ^ server)
                  > SplitMix64.mix(key.high() ^ random ^ best);
      best = isUsable(node, server) && better ? server : best;
    }
    return best == 0 ? 1 : best;
  }

  /** Whether it has just been answered without a majority. */
  private static boolean isAlone(SimulatedNode node, boolean ready) {
    return !ready || node.hasJustFailed();
  }

  private final class Request {
    private final SimulatedNode node;
    private final int number;
    private final SessionKey key;
    private final Random random;
    private final int depth;
    private final boolean ready;
    private final long asked = simulation.now();
    private final Settings.Replicate replicate;

    Request(SimulatedNode node, int number, Random random, int depth) {
      this.node = node;
      this.number = number;
      this.key = key(number);
      this.random = random;
      this.depth = depth;
      this.ready = node.isReady();
      this.replicate = number == ASYNC ? Settings.Replicate.ASYNC : Settings.Replicate.QUORUM;
    }

    void run() {
      waiting.add(node);
      Placement known = node.sessions().find(key, TTL);
      boolean current = known != null && node.sessions().isCurrent(key);
      if (current || number == ASYNC) {
        go(Optional.ofNullable(known), "finds", false);
      } else {
        node.sessions()
            .ask(key, TTL)
            .thenAccept(placement -> go(placement, "is told", isAlone(node, ready)));
      }
    }

    private void go(Optional<Placement> placement, String how, boolean alone) {
      Placement current = placement.orElse(Placement.NONE);
      if (placement.isEmpty() && number < LEARNED) {
        answer(how, null, alone);
      } else if (placement.isPresent() && isUsable(node, current.server())) {
        answer(how, current, alone);
      } else {
        // Mostly nodes agree before they have talked.
        long taste = random.nextInt(3) == 0 ? random.nextLong() : 0;
        node.sessions()
            .move(
                key,
                current,
                server -> isUsable(node, server),
                moving -> {
                  long server = choose(node, moving, taste);
                  history.chosen(moving, server, asked, simulation.now());
                  return server;
                },
                TTL,
                replicate)
            .thenAccept(moved -> answer("moves", moved, isAlone(node, ready)));
      }
    }

    private void answer(String how, @Nullable Placement placement, boolean alone) {
      waiting.remove(node);
      if (ready && !alone) {
        told(
            new SimulatedHistory.Answer(key, node.seat(), how, asked, simulation.now(), placement));
      }
      followUp(node, number, random, depth);
    }
  }
}
