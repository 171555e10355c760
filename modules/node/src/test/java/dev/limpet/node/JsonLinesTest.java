package dev.limpet.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class JsonLinesTest {

  private final ListAppender<ILoggingEvent> events = new ListAppender<>();
  private final Logger log = new LoggerContext().getLogger("dev.limpet");

  private JsonNode line() throws Exception {
    return new ObjectMapper().readTree(new JsonLines("edge-1").encode(events.list.getLast()));
  }

  @Test
  void whatALineIsAboutHasFieldsOfItsOwn() throws Exception {
    events.start();
    log.addAppender(events);
    log.atWarn()
        .addKeyValue("event", "server-down")
        .addKeyValue("subject", "nodejs/a\"")
        .addKeyValue("node", "another")
        .log("server {} is dead", "nodejs/a\"");
    JsonNode line = line();
    assertThat(line.path("event").asText()).isEqualTo("server-down");
    assertThat(line.path("subject").asText()).isEqualTo("nodejs/a\"");
    assertThat(line.path("message").asText()).isEqualTo("server nodejs/a\" is dead");
    assertThat(line.path("node").asText()).isEqualTo("edge-1");
    log.info("plain");
    assertThat(line().has("event")).isFalse();
  }
}
