package dev.limpet.model;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
