package dev.limpet.proxy;

import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Placement;
import dev.limpet.model.state.SessionKey;
import dev.limpet.model.state.SessionTable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The session table of a cluster whose other nodes do what a test says. What the nodes agree on is
 * in one map; what this node has heard of it, in another.
 */
final class TestSessions implements SessionTable {

  private final Map<SessionKey, Placement> cluster = new ConcurrentHashMap<>();
  private final Map<SessionKey, Placement> here = new ConcurrentHashMap<>();
  private final Map<SessionKey, Long> rivals = new ConcurrentHashMap<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Map<String, CompletableFuture<?>> gates = new ConcurrentHashMap<>();
  private volatile boolean current = true;
  private volatile boolean broken;
  private volatile String faulty = "";
  private volatile @Nullable Throwable fault;
  private long clock;

  /** What this node holds. */
  Map<SessionKey, Placement> known() {
    return here;
  }

  /** Which questions went to the cluster, in order: ask, bind, move. */
  List<String> calls() {
    return calls;
  }

  /** Another node places a session, and this one does not hear of it. */
  synchronized void placedElsewhere(SessionKey key, long backend) {
    cluster.put(key, new Placement(backend, ++clock));
  }

  /** Another node places a session after it was asked for, and before this node places it. */
  void placedBeforeMove(SessionKey key, long backend) {
    rivals.put(key, backend);
  }

  /** From now on nothing that this node knows is certain to hold. */
  void outdated() {
    current = false;
  }

  /** From now on, answers to ask, bind or move wait until the returned future completes. */
  CompletableFuture<?> slow(String call) {
    CompletableFuture<?> opened = new CompletableFuture<>();
    gates.put(call, opened);
    return opened;
  }

  /** Answers fail, which they never should. */
  void broken() {
    broken = true;
  }

  /**
   * From now on this call throws.
   *
   * @param call find, ask, bind or move; another word for none
   */
  void fault(String call, Throwable thrown) {
    fault = thrown;
    faulty = call;
  }

  private void fail(String call) {
    if (faulty.equals(call)) {
      TestSessions.<RuntimeException>raise(Objects.requireNonNull(fault));
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void raise(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Override
  public @Nullable Placement find(SessionKey key, Duration ttl) {
    fail("find");
    return here.get(key);
  }

  @Override
  public boolean isCurrent(SessionKey key) {
    return current;
  }

  @Override
  public CompletionStage<Optional<Placement>> ask(SessionKey key, Duration ttl) {
    calls.add("ask");
    fail("ask");
    return answer("ask", () -> Optional.ofNullable(heard(key)));
  }

  @Override
  public CompletionStage<Placement> bind(
      SessionKey key, long backend, Duration ttl, Settings.Replicate replicate) {
    calls.add("bind");
    fail("bind");
    return write("bind", replicate, () -> place(key, backend));
  }

  @Override
  public CompletionStage<Placement> move(
      SessionKey key,
      Placement current,
      LongPredicate usable,
      ToLongFunction<SessionKey> choose,
      Duration ttl,
      Settings.Replicate replicate) {
    calls.add("move");
    fail("move");
    return write(
        "move",
        replicate,
        () -> {
          Long rival = rivals.remove(key);
          if (rival != null) {
            placedElsewhere(key, rival);
          }
          Placement known = replicate == Settings.Replicate.QUORUM ? heard(key) : here.get(key);
          boolean stands =
              known != null && known.version() > current.version() && usable.test(known.backend());
          return stands ? known : place(key, choose.applyAsLong(key));
        });
  }

  private synchronized Placement place(SessionKey key, long backend) {
    Placement placed = new Placement(backend, ++clock);
    cluster.put(key, placed);
    here.put(key, placed);
    return placed;
  }

  private synchronized @Nullable Placement heard(SessionKey key) {
    Placement known = cluster.get(key);
    if (known != null) {
      here.put(key, known);
    }
    return known;
  }

  private <T> CompletionStage<T> write(
      String call, Settings.Replicate replicate, Supplier<T> written) {
    return replicate == Settings.Replicate.QUORUM
        ? answer(call, written)
        : CompletableFuture.completedFuture(written.get());
  }

  private <T> CompletionStage<T> answer(String call, Supplier<T> answer) {
    return broken
        ? CompletableFuture.failedFuture(new IllegalStateException("broken"))
        : gates
            .getOrDefault(call, CompletableFuture.completedFuture(null))
            .thenApplyAsync(open -> answer.get());
  }
}
