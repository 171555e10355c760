package dev.limpet.bench;

import dev.limpet.balancing.Backend;
import dev.limpet.balancing.Selector;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures what it costs to pick a server and to count a request there and off again, while others
 * are under way: five for each server, which end in the order in which they began.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 3, jvmArgsAppend = "-XX:+UseCompactObjectHeaders")
public class Pick {

  private static final int KEYS = 1 << 16;

  /** As settings name it. */
  @Param({
    "round-robin",
    "least-connections",
    "least-time",
    "random-two",
    "random-two by time",
    "hash"
  })
  public String method = "";

  @Param({"10", "100"})
  public int servers;

  private Selector selector = Selector.inOrder((key, tried) -> null, (key, tried) -> null);
  private Backend[] underWay = {};
  private long[] keys = {};
  private int turn;

  @Setup
  public void begin() {
    List<Backend> backends =
        Methods.backends(IntStream.range(0, servers).mapToObj(i -> 1 + i % 4).toList());
    Random random = new Random(4711);
    backends.forEach(backend -> backend.took(1_000_000 + random.nextInt(1_000_000)));
    keys = random.longs(KEYS).toArray();
    selector =
        Methods.selector(
            Objects.requireNonNull(Methods.ALL.get(method)),
            backends,
            () -> ThreadLocalRandom.current().nextLong());
    underWay = new Backend[5 * servers];
    for (int i = 0; i < underWay.length; i++) {
      underWay[i] = backends.get(random.nextInt(servers));
      underWay[i].tryBegin();
    }
  }

  @Benchmark
  public Backend pick() {
    int now = turn;
    turn = now + 1 == underWay.length ? 0 : now + 1;
    underWay[now].end();
    Backend picked = Objects.requireNonNull(selector.pick(keys[now & (KEYS - 1)], Set.of()));
    picked.tryBegin();
    underWay[now] = picked;
    return picked;
  }
}
