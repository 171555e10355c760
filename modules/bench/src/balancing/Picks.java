import com.sun.management.ThreadMXBean;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.Selector;
import dev.limpet.model.Balance;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * What one pick costs on one thread, in CPU time (others on this machine do not count) and in bytes
 * allocated: one method of balancing and one number of servers, in a JVM of their own. One line of JSON.
 */
final class Picks {

  private static final int ROUNDS = 9;
  private static final int WARM_UP = 8;
  private static final int PICKS = 400_000;
  private static final ThreadMXBean THREAD =
      (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Picks() {}

  public static void main(String[] args) {
    Balance method = Methods.ALL.get(args[0]);
    int servers = Integer.parseInt(args[1]);
    List<Backend> backends =
        Methods.backends(IntStream.range(0, servers).map(i -> 1 + i % 4).toArray());
    Random random = new Random(4711);
    for (Backend backend : backends) {
      for (int i = random.nextInt(8 * backend.server().weight()); i > 0; i--) {
        backend.tryBegin();
      }
      backend.took(1_000_000 + random.nextInt(1_000_000));
    }
    Selector selector =
        Methods.selector(method, backends, () -> ThreadLocalRandom.current().nextLong());
    long[] keys = random.longs(1 << 16).toArray();
    double[] nanos = new double[ROUNDS];
    double bytes = 0;
    long sink = 0;
    for (int round = 0; round < WARM_UP + ROUNDS; round++) {
      long allocated = THREAD.getCurrentThreadAllocatedBytes();
      long began = THREAD.getCurrentThreadCpuTime();
      for (int i = 0; i < PICKS; i++) {
        Backend picked = selector.pick(keys[i & 0xffff], Set.of());
        sink += picked == null ? 0 : picked.hash();
      }
      long took = THREAD.getCurrentThreadCpuTime() - began;
      if (round >= WARM_UP) {
        nanos[round - WARM_UP] = (double) took / PICKS;
        bytes = (double) (THREAD.getCurrentThreadAllocatedBytes() - allocated) / PICKS;
      }
    }
    Arrays.sort(nanos);
    System.out.printf(
        "{\"method\":\"%s\",\"servers\":%d,\"nanos\":%.1f,\"fastest\":%.1f,\"bytes\":%.2f,\"sink\":%d}%n",
        args[0], servers, nanos[ROUNDS / 2], nanos[0], bytes, sink & 1);
  }
}
