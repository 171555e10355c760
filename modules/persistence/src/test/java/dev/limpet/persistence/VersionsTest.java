package dev.limpet.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.persistence.journal.JournalEvent;
import dev.limpet.persistence.journal.JournalSerializer;
import dev.limpet.persistence.journal.Storage;
import dev.limpet.persistence.ledger.ChangeText;
import dev.limpet.persistence.ledger.Entry;
import dev.limpet.persistence.ledger.Ledger;
import dev.limpet.persistence.ledger.LedgerText;
import dev.limpet.persistence.peers.PeerMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nodes of two versions side by side: what version 0.1 has written is read, and what a newer one
 * writes is kept and passed on, whether it is understood or not.
 */
class VersionsTest {

  private static final SettingPath WEIGHT =
      SettingPath.server("nodejs", "10.0.0.5:3000").child("weight");

  @TempDir Path directory;

  private static byte[] written(String file) throws IOException {
    try (InputStream stream =
        Objects.requireNonNull(VersionsTest.class.getResourceAsStream("version-0.1/" + file))) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .strip()
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"changes-1", "snapshot-1"})
  void entriesOfAJournalAreReadAndWrittenAsTheyWere(String manifest) throws IOException {
    JournalSerializer serializer = new JournalSerializer();
    byte[] bytes = written(manifest + ".json");
    JournalEvent event = serializer.fromBinary(bytes, manifest);
    assertThat(serializer.manifest(event)).isEqualTo(manifest);
    assertThat(new String(serializer.toBinary(event), StandardCharsets.UTF_8))
        .isEqualTo(new String(bytes, StandardCharsets.UTF_8));
  }

  @Test
  void aLedgerOfASnapshotSaysTheSame() throws IOException {
    String text = new String(written("snapshot-1.json"), StandardCharsets.UTF_8);
    Ledger ledger = new Ledger(100);
    LedgerText.readInto(ledger, text);
    assertThat(ledger.overlay().json(WEIGHT)).isEqualTo("3");
    assertThat(ledger.overlay().json(SettingPath.server("nodejs", "10.0.0.4:3000").child("state")))
        .isEqualTo("\"drain\"");
    assertThat(ledger.contains("01hg7k2m00000-0abc12")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pull", "have", "changes", "held", "want", "want-values", "values"})
  void messagesAreReadAndWrittenAsTheyWere(String type) throws IOException {
    byte[] bytes = written("message-" + type + ".json");
    PeerMessage message = PeerMessage.read(bytes);
    assertThat(message).isNotInstanceOf(PeerMessage.Unknown.class);
    assertThat(new String(message.toBytes(), StandardCharsets.UTF_8))
        .isEqualTo(new String(bytes, StandardCharsets.UTF_8));
  }

  @Test
  void whatANewerNodeHasPutIntoAChangeIsPassedOnAndKept() throws Exception {
    String newer =
        """
        {"id":"00future-1","version":1000,"time":5,"who":"x","from":"y","node":"z","ticket":"OPS-7",\
        "steps":[{"path":["upstreams","nodejs","servers","10.0.0.5:3000","weight"],"value":9,"why":"!"},\
        {"path":["upstreams","nodejs","protocol"],"value":{"http":3.0}}]}""";
    Nodes nodes = new Nodes(3);
    Nodes.Node one = nodes.start(1, Storage.sqlite(directory.resolve("1.db")));
    Nodes.Node two = nodes.start(2, Storage.sqlite(directory.resolve("2.db")));
    await().until(() -> one.registry.waitsFor().isEmpty());
    await().until(() -> two.registry.waitsFor().isEmpty());
    Entry entry = ChangeText.read(ChangeText.parse(newer));
    two.send(one.uid, new PeerMessage.Changes(List.of(entry)).toBytes());
    // And a message that nobody knows.
    two.send(one.uid, "{\"type\":\"future\",\"x\":1}".getBytes(StandardCharsets.UTF_8));
    await().until(() -> two.registry.find("00future-1").isPresent());

    Overlay overlay = two.registry.overlay();
    assertThat(overlay.json(WEIGHT)).isEqualTo("9");
    assertThat(overlay.json(SettingPath.of("upstreams", "nodejs", "protocol")))
        .isEqualTo("{\"http\":3.0}");
    nodes.close();

    String journal = journalOf(directory.resolve("2.db"));
    assertThat(journal).contains("\"ticket\":\"OPS-7\"").contains("\"why\":\"!\"");
  }

  private static String journalOf(Path file) throws Exception {
    StringBuilder text = new StringBuilder();
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT event_payload FROM event_journal")) {
      while (rows.next()) {
        JsonNode json = ChangeText.parse(new String(rows.getBytes(1), StandardCharsets.UTF_8));
        text.append(json);
      }
    }
    return text.toString();
  }
}
