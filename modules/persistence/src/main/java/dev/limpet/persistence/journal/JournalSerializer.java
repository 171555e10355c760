package dev.limpet.persistence.journal;

import akka.serialization.SerializerWithStringManifest;
import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.persistence.ledger.ChangeText;
import java.nio.charset.StandardCharsets;

/**
 * Writes and reads {@link JournalEvent}s: JSON, so that anyone can read a journal with the
 * database's own tools. The manifest carries the version of the format. Nothing that stands in a
 * journal stops it from being read: an entry of another format is an {@link
 * JournalEvent.Unreadable}.
 */
public final class JournalSerializer extends SerializerWithStringManifest {

  static final int IDENTIFIER = 4_157_003;

  private static final String CHANGES = "changes-1";
  private static final String VALUES = "values-1";
  private static final String SNAPSHOT = "snapshot-1";
  private static final String UNREADABLE = "unreadable";

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object event) {
    return switch ((JournalEvent) event) {
      case JournalEvent.Changes changes -> CHANGES;
      case JournalEvent.Values values -> VALUES;
      case JournalEvent.Snapshot snapshot -> SNAPSHOT;
      case JournalEvent.Unreadable unreadable -> UNREADABLE;
    };
  }

  @Override
  public byte[] toBinary(Object event) {
    return switch ((JournalEvent) event) {
      case JournalEvent.Changes(JsonNode changes) -> bytes(changes.toString());
      case JournalEvent.Values values -> bytes(values.text());
      case JournalEvent.Snapshot snapshot -> bytes(snapshot.text());
      case JournalEvent.Unreadable unreadable -> bytes(unreadable.why());
    };
  }

  @Override
  public JournalEvent fromBinary(byte[] bytes, String manifest) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return switch (manifest) {
      case CHANGES -> changes(text);
      case VALUES -> new JournalEvent.Values(text);
      case SNAPSHOT -> new JournalEvent.Snapshot(text);
      default ->
          new JournalEvent.Unreadable(
              "an entry of the kind \"" + manifest + "\", from a newer version");
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static JournalEvent changes(String text) {
    try {
      return new JournalEvent.Changes(ChangeText.parse(text));
    } catch (IllegalArgumentException e) {
      return new JournalEvent.Unreadable("an entry that is " + e.getMessage());
    }
  }
}
