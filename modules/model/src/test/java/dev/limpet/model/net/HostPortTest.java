package dev.limpet.model.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.model.settings.ServerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {

  @ParameterizedTest
  @CsvSource({"localhost:80,localhost,80", "127.0.0.1:0,127.0.0.1,0", "[::1]:8080,::1,8080"})
  void readsWhatOperatorsWrite(String text, String host, int port) {
    assertThat(HostPort.parse(text)).isEqualTo(new HostPort(host, port)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", ":80", "localhost:http", "::1:80", "localhost:65536"})
  void refusesWhatIsNotAnAddress(String text) {
    assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesThePortThatIsWrong() {
    assertThatThrownBy(() -> HostPort.parse("a:70000")).hasMessageContaining("70000");
  }

  /** The examples of RFC 5952, sections 1 and 2, and 4 and 5 for what they are to be. */
  @ParameterizedTest
  @CsvSource({
    "fd00::1, fd00::1",
    "FD00:0000:0:0::1, fd00::1",
    "fd00:0:0:0:0:0:0:1, fd00::1",
    "2001:0db8::0001, 2001:db8::1",
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:db8::1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:DB8::aBcD, 2001:db8::abcd",
    "0:0:0:0:0:0:0:0, ::",
    "0:0:0:0:0:0:0:1, ::1",
    "1:0:0:0:0:0:0:0, 1::",
    "::ffff:c000:201, ::ffff:192.0.2.1",
    "::FFFF:192.0.2.1, ::ffff:192.0.2.1",
    "FE80:0::1%eth0, fe80::1%eth0",
  })
  void ipv6HasOneForm(String written, String canonical) {
    HostPort address = HostPort.parse("[" + written + "]:3000");
    assertThat(address.host()).isEqualTo(canonical);
    assertThat(address).hasToString("[" + canonical + "]:3000");
    assertThat(address).isEqualTo(new HostPort(canonical, 3000));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[fd00::g]:80", "[1:2:3]:80", "[::1::]:80", "[:]:80", "[a:b]:80", "[blue]:80"})
  void whatIsNotIpv6IsNoHost(String text) {
    assertThatThrownBy(() -> HostPort.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not an IPv6 address");
  }

  @Test
  void idsOfServersCompareHoweverTheirAddressesAreWritten() {
    ServerId id = ServerId.of("app", "[fd00::1]:3000");
    assertThat(ServerId.of("app", "[FD00:0:0::1]:3000")).isEqualTo(id).hasSameHashCodeAs(id);
    assertThat(id.value()).isEqualTo("app/[fd00::1]:3000");
    assertThat(ServerId.of("app", "[blue]:3000").value()).isEqualTo("app/[blue]:3000");
    assertThat(ServerId.of("app", "Blue:0:1").value()).isEqualTo("app/Blue:0:1");
  }

  @Test
  void namesAndIpv4StayAsTheyAre() {
    assertThat(HostPort.parse("App.internal:80").host()).isEqualTo("App.internal");
    assertThat(HostPort.parse("192.0.2.1:80").host()).isEqualTo("192.0.2.1");
  }
}
