package dev.limpet.cluster.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.limpet.cluster.disk.StoredFile;
import dev.limpet.cluster.sessions.ClusterClock;
import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that the cluster has made, as a file, for the time after a stop of all nodes. One thread
 * at a time. What is in the file is for no log: messages say where something is wrong, never what
 * is there.
 */
public final class KeysFile {

  private static final Logger LOG = LoggerFactory.getLogger(KeysFile.class);

  private static final String NAME = "keys.json";
  private static final int FORMAT = 1;
  private static final String CHECKSUM = "crc32c";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private final StoredFile file;
  private final ClusterClock clock;
  private ClusterView written = ClusterView.EMPTY;

  public KeysFile(Path folder, ClusterClock clock) {
    this.file = new StoredFile(folder.resolve(NAME));
    this.clock = clock;
  }

  /**
   * The view that a node begins with: the keys of the file that are still needed, and the cluster's
   * time with them. To be called before the node joins. A file that cannot be read is put aside and
   * logged.
   */
  public ClusterView read(Settings settings) {
    try (FileChannel channel = file.open()) {
      ObjectNode content = parse(Channels.newInputStream(channel).readAllBytes());
      clock.resume(number(content, "cluster-time"), number(content, "wall-clock"));
      written =
          ClusterView.EMPTY.withKeys(
              keys(content, "cookie-keys", KeyRules.ofCookies(settings)),
              keys(content, "ticket-keys", KeyRules.TICKETS),
              settings);
    } catch (NoSuchFileException first) {
      LOG.debug("{} is not there yet", file);
    } catch (IllegalArgumentException e) {
      LOG.error(
          "{} {}: the keys in it are lost unless another node has them; {}",
          file,
          e.getMessage(),
          file.putAside());
    } catch (IOException e) {
      LOG.error(
          "cannot read {}: {}; the keys in it are lost unless another node has them",
          file,
          StoredFile.reason(e));
    }
    return written;
  }

  /** Writes the view's keys if they are others than those in the file. */
  public void write(ClusterView view) throws IOException {
    if (!view.hasKeysOf(written)) {
      byte[] content = content(view);
      file.replace(
          channel -> {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
              channel.write(bytes);
            }
          });
      written = view;
    }
  }

  private byte[] content(ClusterView view) throws JsonProcessingException {
    ObjectNode content = JSON.createObjectNode();
    content.put("format", FORMAT);
    content.put("cluster-time", clock.millis());
    content.put("wall-clock", clock.wallMillis());
    put(content.putObject("cookie-keys"), view.cookieKeys());
    put(content.putObject("ticket-keys"), view.ticketKeys());
    content.put(CHECKSUM, checksum(content));
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(content);
  }

  private static void put(ObjectNode section, HeldKeys keys) {
    keys.byName().forEach((name, key) -> section.put(name.toString(), key));
  }

  private static ObjectNode parse(byte[] bytes) throws IOException {
    JsonNode parsed;
    try {
      parsed = JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      // Its words would show some of a key.
      throw new IllegalArgumentException("is not JSON");
    }
    if (!(parsed instanceof ObjectNode content)) {
      throw new IllegalArgumentException("is not a JSON object");
    }
    JsonNode checksum = content.remove(CHECKSUM);
    if (checksum == null || !checksum.asText().equals(checksum(content))) {
      throw new IllegalArgumentException("is not as it was written, by its checksum");
    }
    if (number(content, "format") != FORMAT) {
      throw new IllegalArgumentException("is of another version of Limpet");
    }
    return content;
  }

  private static String checksum(ObjectNode content) throws JsonProcessingException {
    CRC32C sum = new CRC32C();
    sum.update(JSON.writeValueAsBytes(content));
    return HexFormat.of().toHexDigits((int) sum.getValue());
  }

  private static long number(ObjectNode content, String field) {
    JsonNode number = content.get(field);
    if (number == null || !number.isIntegralNumber()) {
      throw new IllegalArgumentException("has no number " + field);
    }
    return number.asLong();
  }

  private HeldKeys keys(ObjectNode content, String field, KeyRules rules) {
    Map<KeyName, String> keys = new HashMap<>();
    for (Map.Entry<String, JsonNode> key : content.path(field).properties()) {
      try {
        keys.put(
            KeyName.CODEC.decode().apply(key.getKey()),
            HeldKeys.HEX.decode().apply(key.getValue().asText()));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("has something else than keys in " + field);
      }
    }
    return HeldKeys.NONE.hear(keys, rules, clock.millis());
  }
}
