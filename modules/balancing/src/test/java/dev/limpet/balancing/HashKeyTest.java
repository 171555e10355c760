package dev.limpet.balancing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.request.ClientFacts;
import dev.limpet.model.settings.BalancingMethod;
import dev.limpet.model.settings.BalancingMethod.Measure;
import dev.limpet.model.settings.BalancingMethod.Source;
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
      implements ClientFacts {

    @Override
    public @Nullable String header(String name) {
      return header;
    }

    @Override
    public List<String> headers(String name) {
      return header == null ? List.of() : List.of(header);
    }
  }

  private static long key(
      BalancingMethod method, String target, String address, @Nullable String header) {
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
    BalancingMethod method = new BalancingMethod.IpHash();
    assertThat(key(method, "/", one, null) == key(method, "/", other, null)).isEqualTo(same);
  }

  @Test
  void aHashGoesByWhatIsNamedAndNothingElse() {
    BalancingMethod header = new BalancingMethod.Hash(Source.HEADER, "x-user");
    assertThat(key(header, "/a", "192.0.2.1", "ada"))
        .isEqualTo(key(header, "/b", "192.0.2.2", "ada"))
        .isNotEqualTo(key(header, "/a", "192.0.2.1", "bob"));
    BalancingMethod cookie = new BalancingMethod.Hash(Source.COOKIE, "sid");
    assertThat(key(cookie, "/", "192.0.2.1", "x=1; sid=7"))
        .isEqualTo(key(cookie, "/", "192.0.2.1", "sid=7"))
        .isNotEqualTo(key(cookie, "/", "192.0.2.1", "sid=8"));
    BalancingMethod query = new BalancingMethod.Hash(Source.QUERY, "user");
    assertThat(key(query, "/a?x=1&user=ada", "192.0.2.1", null))
        .isEqualTo(key(query, "/b?user=ada", "192.0.2.1", null));
    BalancingMethod path = new BalancingMethod.Hash(Source.PATH, "");
    assertThat(key(path, "/a?x=1", "192.0.2.1", null))
        .isEqualTo(key(path, "/a", "192.0.2.9", null))
        .isNotEqualTo(key(path, "/b", "192.0.2.1", null));
    BalancingMethod address = new BalancingMethod.Hash(Source.ADDRESS, "");
    assertThat(key(address, "/", "192.0.2.1", null))
        .isNotEqualTo(key(address, "/", "192.0.2.2", null));
  }

  @Test
  void whatIsNotThereIsNoKey() {
    BalancingMethod header = new BalancingMethod.Hash(Source.HEADER, "x-user");
    assertThat(key(header, "/", "192.0.2.1", null)).isEqualTo(HashKey.NONE);
    assertThat(key(header, "/", "192.0.2.1", "")).isEqualTo(HashKey.NONE);
    BalancingMethod cookie = new BalancingMethod.Hash(Source.COOKIE, "sid");
    assertThat(key(cookie, "/", "192.0.2.1", null)).isEqualTo(HashKey.NONE);
    assertThat(key(cookie, "/", "192.0.2.1", "sid=")).isEqualTo(HashKey.NONE);
    BalancingMethod query = new BalancingMethod.Hash(Source.QUERY, "user");
    assertThat(key(query, "/?users=1", "192.0.2.1", null)).isEqualTo(HashKey.NONE);
    BalancingMethod random = new BalancingMethod.RandomTwo(Measure.CONNECTIONS);
    assertThat(key(random, "/", "192.0.2.1", "x")).isEqualTo(HashKey.NONE);
  }

  /** Nodes of several versions must agree. */
  @Test
  void aKeyStaysWhatItIs() {
    assertThat(key(new BalancingMethod.Hash(Source.PATH, ""), "/a", "", null))
        .isEqualTo(-2_053_691_220_206_014_213L);
  }
}
