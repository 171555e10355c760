package dev.limpet.balancing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.affinity.IdSource;
import dev.limpet.model.settings.Balance;
import dev.limpet.model.settings.Balance.Measure;
import dev.limpet.model.settings.Balance.Source;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HashKeyTest {

  /**
   * @param header the value of every header
   */
  private record Asked(String target, String address, @Nullable String header)
      implements IdSource.Request {

    @Override
    public @Nullable String header(String name) {
      return header;
    }

    @Override
    public List<String> headers(String name) {
      return header == null ? List.of() : List.of(header);
    }
  }

  private static long key(Balance method, String target, String address, @Nullable String header) {
    return HashKey.of(method).applyAsLong(new Asked(target, address, header));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.77, true",
    "192.0.2.1, 192.0.3.1, false",
    "2001:db8::1, 2001:db8::1, true",
    "2001:db8::1, 2001:db8::2, false"
  })
  void ipHashGoesByTheNetwork(String one, String other, boolean same) {
    Balance method = new Balance.IpHash();
    assertThat(key(method, "/", one, null) == key(method, "/", other, null)).isEqualTo(same);
  }

  @Test
  void aHashGoesByWhatIsNamedAndNothingElse() {
    Balance header = new Balance.Hash(Source.HEADER, "x-user");
    assertThat(key(header, "/a", "192.0.2.1", "ada"))
        .isEqualTo(key(header, "/b", "192.0.2.2", "ada"))
        .isNotEqualTo(key(header, "/a", "192.0.2.1", "bob"));
    Balance cookie = new Balance.Hash(Source.COOKIE, "sid");
    assertThat(key(cookie, "/", "192.0.2.1", "x=1; sid=7"))
        .isEqualTo(key(cookie, "/", "192.0.2.1", "sid=7"))
        .isNotEqualTo(key(cookie, "/", "192.0.2.1", "sid=8"));
    Balance query = new Balance.Hash(Source.QUERY, "user");
    assertThat(key(query, "/a?x=1&user=ada", "192.0.2.1", null))
        .isEqualTo(key(query, "/b?user=ada", "192.0.2.1", null));
    Balance path = new Balance.Hash(Source.PATH, "");
    assertThat(key(path, "/a?x=1", "192.0.2.1", null))
        .isEqualTo(key(path, "/a", "192.0.2.9", null))
        .isNotEqualTo(key(path, "/b", "192.0.2.1", null));
    Balance address = new Balance.Hash(Source.ADDRESS, "");
    assertThat(key(address, "/", "192.0.2.1", null))
        .isNotEqualTo(key(address, "/", "192.0.2.2", null));
  }

  @Test
  void whatIsNotThereIsNoKey() {
    Balance header = new Balance.Hash(Source.HEADER, "x-user");
    assertThat(key(header, "/", "192.0.2.1", null)).isEqualTo(HashKey.NONE);
    assertThat(key(header, "/", "192.0.2.1", "")).isEqualTo(HashKey.NONE);
    Balance cookie = new Balance.Hash(Source.COOKIE, "sid");
    assertThat(key(cookie, "/", "192.0.2.1", null)).isEqualTo(HashKey.NONE);
    assertThat(key(cookie, "/", "192.0.2.1", "sid=")).isEqualTo(HashKey.NONE);
    Balance query = new Balance.Hash(Source.QUERY, "user");
    assertThat(key(query, "/?users=1", "192.0.2.1", null)).isEqualTo(HashKey.NONE);
    Balance random = new Balance.RandomTwo(Measure.CONNECTIONS);
    assertThat(key(random, "/", "192.0.2.1", "x")).isEqualTo(HashKey.NONE);
  }

  /** Nodes of several versions must agree. */
  @Test
  void aKeyStaysWhatItIs() {
    assertThat(key(new Balance.Hash(Source.PATH, ""), "/a", "", null))
        .isEqualTo(-2_053_691_220_206_014_213L);
  }
}
