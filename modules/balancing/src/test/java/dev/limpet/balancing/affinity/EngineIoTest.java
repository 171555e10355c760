package dev.limpet.balancing.affinity;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineIoTest {

  @ParameterizedTest
  @CsvSource({
    "GET, /socket.io/?EIO=4&transport=polling&t=x, true",
    "POST, /any/path?EIO=3&transport=polling, true",
    "GET, /socket.io/?EIO=4&transport=polling&sid=, true",
    "GET, /socket.io/?EIO=4&transport=polling&sid=a, false",
    "GET, /socket.io/?EIO=4&transport=websocket, false",
    "GET, /socket.io/?EIO=4, false",
    "GET, /?transport=polling, false",
    "OPTIONS, /socket.io/?EIO=4&transport=polling, false",
    "GET, /, false",
  })
  void aHandshakeIsARequestByPollingWithoutSid(String method, String target, boolean handshake) {
    assertThat(EngineIo.isHandshake(method, target)).isEqualTo(handshake);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      nullValues = "none",
      value = {
        "0{\"sid\":\"lv_VI97HAXpY6yYWAAAB\",\"upgrades\":[\"websocket\"]} | lv_VI97HAXpY6yYWAAAB",
        "97:0{\"sid\":\"a-1\",\"upgrades\":[],\"pingInterval\":25000}2:40 | a-1",
        "___eio[0](\"0{\\\"sid\\\":\\\"a_1\\\",\\\"upgrades\\\":[]}\"); | a_1",
        "0{\"upgrades\":[], \"sid\" : \"a\"} | a",
        "{\"code\":1,\"message\":\"Session ID unknown\"} | none",
        "0{\"sid\":\"\"} | none",
        "0{\"sid\":\"cut of | none",
      })
  void theAnswerNamesTheSession(String body, @Nullable String sid) {
    assertThat(EngineIo.sid(body)).isEqualTo(sid);
  }
}
