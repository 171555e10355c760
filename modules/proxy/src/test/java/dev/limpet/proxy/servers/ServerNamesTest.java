package dev.limpet.proxy.servers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.net.HostPort;
import dev.limpet.proxy.upstream.Addresses;
import dev.limpet.testkit.TestNames;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Names that get other addresses while Limpet runs. */
class ServerNamesTest {

  private final HostPort app = HostPort.parse("app.test:3000");
  private final Map<HostPort, List<InetSocketAddress>> dns = new ConcurrentHashMap<>();
  private final ServerNames names = new ServerNames(name -> dns.getOrDefault(name, List.of()));

  private static List<InetSocketAddress> at(String... addresses) {
    return Arrays.stream(addresses)
        .map(address -> new InetSocketAddress(InetAddress.ofLiteral(address), 3000))
        .toList();
  }

  private boolean hear() {
    return names.hear(names.ask().toCompletableFuture().join());
  }

  @Test
  void aNameMayGetItsAddressLaterAndAnother() {
    assertThat(names.of(app)).isEqualTo(new Addresses(app, at()));
    assertThat(hear()).isFalse();
    dns.put(app, at("192.0.2.1"));
    assertThat(hear()).isTrue();
    assertThat(names.of(app)).isEqualTo(new Addresses(app, at("192.0.2.1")));
    assertThat(hear()).isFalse();
    dns.put(app, at("192.0.2.1", "192.0.2.2"));
    assertThat(hear()).isTrue();
    dns.clear();
    assertThat(hear()).as("no answer is no news").isFalse();
    assertThat(names.of(app)).isEqualTo(new Addresses(app, at("192.0.2.1", "192.0.2.2")));
  }

  @Test
  void addressesAreIpv6AndIpv4InTurnWhateverTheNameServersOrder() throws Exception {
    TestNames.put("many.test", "192.0.2.3", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::1");
    assertThat(HostPort.parse("many.test:3000").resolve())
        .isEqualTo(at("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"))
        .allMatch(address -> address.getHostString().equals("many.test"));
  }

  @Test
  void onlyNamesAreAskedForAndOnlyTheirsThatAreLeft() {
    names.of(HostPort.parse("192.0.2.1:80"));
    names.of(HostPort.parse("[2001:db8::1]:80"));
    assertThat(names.haveNames()).isFalse();
    names.of(app);
    assertThat(names.haveNames()).isTrue();
    names.keep(Set.of(HostPort.parse("192.0.2.1:80")));
    assertThat(names.haveNames()).isFalse();
  }
}
