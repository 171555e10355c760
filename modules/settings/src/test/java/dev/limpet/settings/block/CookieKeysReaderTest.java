package dev.limpet.settings.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.changes.Changes;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problems;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.secret.CookieKeysReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CookieKeysReaderTest {

  private static final byte[] ONE = key(1);
  private static final byte[] TWO = key(2);

  @TempDir private Path directory;

  private static byte[] key(int first) {
    byte[] key = new byte[32];
    key[0] = (byte) first;
    key[31] = 77;
    return key;
  }

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("key"), content);
  }

  private static KeyRing read(String list, Map<String, String> environment) throws InvalidSettings {
    Problems problems = new Problems("x.conf");
    Section cluster =
        Section.root(
                problems, ConfigFactory.parseString("cluster.cookie-keys = [" + list + "]").root())
            .section("cluster");
    KeyRing read = new CookieKeysReader(environment::get).read(cluster, "cookie-keys");
    problems.throwIfAny();
    return read;
  }

  @Test
  void keysAreInFilesAndTheEnvironmentInTheOrderOfTheList() throws Exception {
    String file = file(Base64.getEncoder().encodeToString(ONE) + "\n").toString();
    Map<String, String> environment =
        Map.of("SECOND", HexFormat.of().withUpperCase().formatHex(TWO));
    assertThat(read("\"file:" + file + "\", \"env:SECOND\"", environment))
        .isEqualTo(new KeyRing(List.of(ONE, TWO)));
    assertThat(read("\"env:SECOND\", \"file:" + file + "\"", environment))
        .isEqualTo(new KeyRing(List.of(TWO, ONE)));
    assertThat(read("", environment)).isEqualTo(KeyRing.EMPTY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\n", "c2VjcmV0LXdvcmQ=", "secret-word of thirty-two bytes or more!!", "ÿ"})
  void whatHoldsNoKeyIsRefusedAndNotShown(String content) throws Exception {
    String file = file(content).toString();
    assertThatThrownBy(() -> read("\"file:" + file + "\"", Map.of()))
        .hasMessageContaining("limpet.cluster.cookie-keys[0]: \"file:" + file + "\" holds no key")
        .hasMessageContaining("openssl rand -base64 32")
        .hasMessageNotContaining("word");
  }

  @Test
  void aKeyInTheSettingsThemselvesIsRefusedAndNotShown() {
    String key = Base64.getEncoder().encodeToString(ONE);
    assertThatThrownBy(() -> read("\"" + key + "\"", Map.of()))
        .hasMessageContaining("where the key is, not the key itself")
        .hasMessageNotContaining(key);
  }

  @Test
  void oneKeyTwiceIsAMistake() {
    Map<String, String> environment =
        Map.of("A", HexFormat.of().formatHex(ONE), "B", Base64.getEncoder().encodeToString(ONE));
    assertThatThrownBy(() -> read("\"env:A\", \"env:B\"", environment))
        .hasMessageContaining("cookie-keys[1]: the same key as another one of the list");
  }

  @Test
  void otherContentIsAChangeThatAppliesAtOnceAndIsNotShown() throws Exception {
    Path file = file(HexFormat.of().formatHex(ONE));
    String text =
        """
        limpet {
          listeners = [ { name = http, bind = "0.0.0.0:8080" } ]
          upstreams.app { servers = [ { address = "10.0.0.1:80" } ] }
          hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
          cluster.cookie-keys = [ "file:%s" ]
        }
        """
            .formatted(file);
    var before = SettingsReader.parse(text, "x.conf");
    assertThat(Changes.between(before, SettingsReader.parse(text, "x.conf"))).isEmpty();
    Files.writeString(file, HexFormat.of().formatHex(TWO));
    var after = SettingsReader.parse(text, "x.conf");
    assertThat(Changes.between(before, after)).containsExactly("cluster.cookie-keys: other keys");
    assertThat(Changes.applicable(before, after)).isEqualTo(after);
  }
}
