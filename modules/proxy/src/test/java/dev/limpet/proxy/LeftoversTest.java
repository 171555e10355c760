package dev.limpet.proxy;

import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamPool;
import dev.limpet.testkit.Ports;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What is left in memory of what is over: nothing, or a node would not run for months. */
class LeftoversTest {

  @Test
  void nothingIsLeftOfConnectionsThatWereRefused() {
    try (ProxyFixture proxy = new ProxyFixture(Ports.free())) {
      for (int i = 0; i < 100; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 503");
      }
      await().untilAsserted(() -> assertThat(inMemory(UpstreamConnection.class)).isLessThan(20));
    }
  }

  @Test
  void nothingIsLeftOfConnectionsToServersThatHaveGone() {
    List<NamedOrigin> origins =
        new ArrayList<>(IntStream.range(0, 20).mapToObj(i -> new NamedOrigin("a" + i)).toList());
    try (ProxyFixture proxy =
        new ProxyFixture(origins.stream().mapToInt(NamedOrigin::port).toArray())) {
      for (int i = 0; i < 40; i++) {
        assertThat(proxy.get("/")).startsWith("HTTP/1.1 200");
      }
      assertThat(inMemory(UpstreamPool.class)).isGreaterThanOrEqualTo(20);
      origins.forEach(NamedOrigin::close);
      await().untilAsserted(() -> assertThat(inMemory(UpstreamPool.class)).isLessThan(10));
    }
  }

  /** How many objects of a class are still in use. */
  private static long inMemory(Class<?> type) {
    try {
      Object histogram =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      return histogram
          .toString()
          .lines()
          .map(line -> line.strip().split("\\s+"))
          .filter(columns -> columns.length > 3 && columns[3].equals(type.getName()))
          .mapToLong(columns -> Long.parseLong(columns[1]))
          .sum();
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }
}
