package dev.limpet.persistence.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.limpet.persistence.ledger.ChangeText;
import dev.limpet.persistence.ledger.Entry;
import dev.limpet.persistence.ledger.Ledger;
import dev.limpet.persistence.ledger.LedgerText;
import dev.limpet.persistence.ledger.Position;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A message between the registries of two nodes; as bytes, JSON. Nodes of other versions may send
 * more fields, which are passed over, and other messages, which are not answered.
 */
public sealed interface PeerMessage {

  /** Changes, for the other one to write down and to say so. */
  record Changes(List<Entry> entries) implements PeerMessage {}

  /** The sender has these in its journal. */
  record Held(Collection<String> ids) implements PeerMessage {}

  /**
   * Asks what the other one has that the sender lacks.
   *
   * @param from behind this position the histories are compared
   * @param digests of the parts of the sender's, {@link Ledger#PARTS}
   * @param values the digest of what its changes add up to
   */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  record Pull(Position from, long[] digests, long values) implements PeerMessage {}

  /**
   * Answers {@link Pull}.
   *
   * @param horizon up to which the sender's changes are not known one by one
   * @param ids of changes in the parts that are not the same
   * @param more whether there are others, too many for one message
   * @param same whether the values add up to the same
   * @param complete whether the sender has read its own journal
   */
  record Have(Position horizon, List<String> ids, boolean more, boolean same, boolean complete)
      implements PeerMessage {}

  /** Asks for these changes. */
  record Want(Collection<String> ids) implements PeerMessage {}

  /** Asks for what all changes add up to. */
  record WantValues() implements PeerMessage {}

  /**
   * Answers {@link WantValues}.
   *
   * @param values as {@link LedgerText} reads them
   * @param last whether that is all
   */
  record Values(JsonNode values, boolean last) implements PeerMessage {}

  /** Of a version that this one does not know. */
  record Unknown(String type) implements PeerMessage {}

  default byte[] toBytes() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    switch (this) {
      case Changes(List<Entry> entries) -> {
        json.put("type", "changes");
        json.set("changes", LedgerText.changes(entries));
      }
      case Held(Collection<String> ids) -> {
        json.put("type", "held");
        ids.forEach(json.putArray("ids")::add);
      }
      case Pull(Position from, long[] digests, long values) -> {
        json.put("type", "pull");
        write(json, from);
        ArrayNode parts = json.putArray("digests");
        for (long digest : digests) {
          parts.add(digest);
        }
        json.put("values", values);
      }
      case Have(
              Position horizon,
              List<String> ids,
              boolean more,
              boolean same,
              boolean complete) -> {
        json.put("type", "have");
        write(json, horizon);
        ids.forEach(json.putArray("ids")::add);
        json.put("more", more).put("same", same).put("complete", complete);
      }
      case Want(Collection<String> ids) -> {
        json.put("type", "want");
        ids.forEach(json.putArray("ids")::add);
      }
      case WantValues() -> json.put("type", "want-values");
      case Values(JsonNode values, boolean last) -> {
        json.put("type", "values");
        json.set("values", values);
        json.put("last", last);
      }
      case Unknown(String type) -> json.put("type", type);
    }
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * @throws IllegalArgumentException if it is no message
   */
  static PeerMessage read(byte[] bytes) {
    JsonNode json = ChangeText.parse(new String(bytes, StandardCharsets.UTF_8));
    return switch (json.path("type").asText()) {
      case "changes" -> {
        List<Entry> entries = new ArrayList<>();
        json.path("changes").forEach(change -> entries.add(ChangeText.read(change)));
        yield new Changes(entries);
      }
      case "held" -> new Held(ids(json));
      case "pull" -> {
        long[] digests = new long[Ledger.PARTS];
        for (int i = 0; i < digests.length; i++) {
          digests[i] = json.path("digests").path(i).asLong();
        }
        yield new Pull(position(json), digests, json.path("values").asLong());
      }
      case "have" ->
          new Have(
              position(json),
              ids(json),
              json.path("more").asBoolean(),
              json.path("same").asBoolean(),
              json.path("complete").asBoolean());
      case "want" -> new Want(ids(json));
      case "want-values" -> new WantValues();
      case "values" -> new Values(json.path("values"), json.path("last").asBoolean());
      default -> new Unknown(json.path("type").asText());
    };
  }

  private static void write(ObjectNode json, Position position) {
    json.putObject("position").put("version", position.version()).put("id", position.id());
  }

  private static Position position(JsonNode json) {
    JsonNode position = json.path("position");
    return new Position(position.path("version").asLong(), position.path("id").asText());
  }

  private static List<String> ids(JsonNode json) {
    List<String> ids = new ArrayList<>();
    json.path("ids").forEach(id -> ids.add(id.asText()));
    return ids;
  }
}
