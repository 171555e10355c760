package dev.limpet.admin.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.limpet.admin.peers.PeerJson;
import dev.limpet.model.live.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Events as JSON, for callers and for other nodes. */
public final class EventJson {

  private static final int LONGEST_NAME = 300;
  private static final int LONGEST_TEXT = 2_000;
  private static final Pattern KIND = Pattern.compile("[a-z][a-z-]{0,39}");

  private static final JsonMapper JSON = PeerJson.mapper();

  private EventJson() {}

  public static ObjectNode write(Event event) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("time", event.epochMillis())
        .put("node", event.node())
        .put("severity", event.severity().name().toLowerCase(Locale.ROOT))
        .put("kind", event.kind())
        .put("subject", event.subject())
        .put("text", event.text());
  }

  static ArrayNode write(List<Event> events) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    events.forEach(event -> array.add(write(event)));
    return array;
  }

  static byte[] bytes(List<Event> events) {
    return write(events).toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Events from another node. Those that cannot be are left out.
   *
   * @param latest no event can be of a later time than this
   */
  static List<Event> read(byte[] text, long latest) throws IOException {
    JsonNode array = JSON.readTree(text);
    if (!array.isArray()) {
      throw new IOException("no list of events");
    }
    List<Event> events = new ArrayList<>();
    for (JsonNode json : array) {
      long time = json.path("time").asLong();
      String kind = json.path("kind").asText();
      Optional<Event.Severity> severity = severity(json.path("severity").asText());
      if (time > 0 && time <= latest && KIND.matcher(kind).matches() && severity.isPresent()) {
        events.add(
            new Event(
                time,
                cut(json.path("node").asText(), LONGEST_NAME),
                severity.get(),
                kind,
                cut(json.path("subject").asText(), LONGEST_NAME),
                cut(json.path("text").asText(), LONGEST_TEXT)));
      }
    }
    return events;
  }

  static Optional<Event.Severity> severity(String word) {
    for (Event.Severity severity : Event.Severity.values()) {
      if (severity.name().toLowerCase(Locale.ROOT).equals(word)) {
        return Optional.of(severity);
      }
    }
    return Optional.empty();
  }

  private static String cut(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
  }
}
