package dev.limpet.cluster.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.state.ServerSource;
import dev.limpet.model.state.ServerSource.FoundServer;
import dev.limpet.model.state.ServerSource.Standing;
import dev.limpet.testkit.DnsServer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What DNS is asked, and what is made of its answers. */
class DnsLookupTest {

  private final DnsServer dns = new DnsServer();

  @AfterEach
  void stop() {
    dns.close();
  }

  private DnsLookup host(String name) {
    return lookup(name, OptionalInt.of(3000));
  }

  private DnsLookup service(String name) {
    return lookup(name, OptionalInt.empty());
  }

  private DnsLookup lookup(String name, OptionalInt port) {
    return DnsLookup.of(
        new Discovery.Dns(
            name,
            port,
            List.of(new HostPort("127.0.0.1", dns.port())),
            Duration.ofSeconds(10),
            Duration.ZERO,
            0,
            Duration.ZERO));
  }

  private static ServerSource.Answer ask(DnsLookup lookup)
      throws InterruptedException, ExecutionException, TimeoutException {
    return lookup.ask().toCompletableFuture().get(90, TimeUnit.SECONDS);
  }

  private static List<String> addresses(ServerSource.Answer answer) {
    return answer.servers().orElse(List.of()).stream()
        .map(found -> found.address().toString())
        .toList();
  }

  @Test
  void aHostsAddressesAreServersUntilTheFirstOfThemIsTooOld() throws Exception {
    dns.know("app.test. 30 A 10.0.0.1", "app.test. 20 A 10.0.0.2", "app.test. 40 AAAA fd00::1");
    ServerSource.Answer answer = ask(host("app.test."));
    assertThat(addresses(answer))
        .containsExactlyInAnyOrder("10.0.0.1:3000", "10.0.0.2:3000", "[fd00::1]:3000");
    assertThat(answer.again()).isEqualTo(Duration.ofSeconds(20));
    assertThat(answer.trouble()).isEmpty();
  }

  @Test
  void aTimeToLiveOfZeroIsASecond() throws Exception {
    dns.know("app.test. 0 A 10.0.0.1");
    assertThat(ask(host("app.test.")).again()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aliasesAreFollowed() throws Exception {
    dns.know("www.test. 30 CNAME app.test.", "app.test. 30 A 10.0.0.1");
    assertThat(addresses(ask(host("www.test.")))).containsExactly("10.0.0.1:3000");
  }

  @Test
  void aServicesRecordsGivePortsWeightsAndBackups() throws Exception {
    dns.know(
        "_http._tcp.app.test. 30 SRV 1 0 3001 a.test.",
        "_http._tcp.app.test. 30 SRV 1 60000 3002 b.test.",
        "_http._tcp.app.test. 30 SRV 1 6000 3003 b.test.",
        "_http._tcp.app.test. 30 SRV 5 1 3004 c.test.",
        "a.test. 30 A 10.0.0.1",
        "b.test. 30 A 10.0.0.2",
        "c.test. 10 A 10.0.0.3");
    ServerSource.Answer answer = ask(service("_http._tcp.app.test."));
    assertThat(answer.servers().orElseThrow())
        .containsExactlyInAnyOrder(
            found("10.0.0.1:3001", 1, false),
            found("10.0.0.2:3002", 1000, false),
            found("10.0.0.2:3003", 100, false),
            found("10.0.0.3:3004", 1, true));
    assertThat(answer.again()).isEqualTo(Duration.ofSeconds(10));
  }

  private static FoundServer found(String address, int weight, boolean backup) {
    return new FoundServer(HostPort.parse(address), weight, backup, "", Standing.READY);
  }

  @Test
  void answersThatAreTooLongForUdpComeByTcp() throws Exception {
    dns.know(
        IntStream.range(0, 500)
            .mapToObj(i -> "app.test. 30 A 10.0.%d.%d".formatted(i / 250, i % 250))
            .toArray(String[]::new));
    assertThat(addresses(ask(host("app.test.")))).hasSize(500);
    assertThat(dns.questionsByTcp()).isPositive();
  }

  @Test
  void whereNoAnswerComesTheLastOneCounts() throws Exception {
    dns.know("app.test. 30 A 10.0.0.1");
    DnsLookup lookup = host("app.test.");
    ask(lookup);
    dns.fail(true);
    ServerSource.Answer failed = ask(lookup);
    assertThat(addresses(failed)).containsExactly("10.0.0.1:3000");
    assertThat(failed.trouble()).contains("app.test.", "SERVFAIL");
    assertThat(failed.again()).isEqualTo(Duration.ofSeconds(5));
    dns.fail(false);
    dns.know("app.test. 30 A 10.0.0.2");
    ServerSource.Answer well = ask(lookup);
    assertThat(addresses(well)).containsExactly("10.0.0.2:3000");
    assertThat(well.trouble()).isEmpty();
  }

  @Test
  void namesThatAreNotThereAreNamed() throws Exception {
    dns.know("other.test. 30 A 10.0.0.1", "empty.test. 30 TXT nothing");
    ServerSource.Answer unknown = ask(host("app.test."));
    assertThat(unknown.servers()).isEmpty();
    assertThat(unknown.trouble())
        .startsWith("app.test. A")
        .endsWith(": there is no such name; what DNS said last counts");
    assertThat(ask(host("empty.test.")).trouble())
        .isEqualTo("empty.test.: DNS names no servers; what DNS said last counts");
  }

  @Test
  void aDeadResolverIsCalledOne() throws Exception {
    DnsLookup lookup = host("app.test.");
    dns.close();
    assertThat(ask(lookup).trouble())
        .matches(
            "app[.]test[.] (A|AAAA): (no answer in time|no answer.*|no name server listens there);.*")
        .doesNotContain("null");
  }

  @Test
  void anotherResolverIsAskedWhenOneIsDead() throws Exception {
    dns.know("app.test. 30 A 10.0.0.1");
    try (DnsServer gone = new DnsServer()) {
      int dead = gone.port();
      gone.close();
      DnsLookup lookup =
          DnsLookup.of(
              new Discovery.Dns(
                  "app.test.",
                  OptionalInt.of(80),
                  Stream.of(dead, dns.port()).map(p -> new HostPort("127.0.0.1", p)).toList(),
                  Duration.ofSeconds(10),
                  Duration.ZERO,
                  0,
                  Duration.ZERO));
      assertThat(addresses(ask(lookup))).containsExactly("10.0.0.1:80");
    }
  }
}
