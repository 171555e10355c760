package dev.limpet.balancing.affinity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.balancing.request.ClientFacts;
import dev.limpet.model.settings.AffinityRule;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdSourceTest {

  private static final Duration TTL = Duration.ofMinutes(10);

  /**
   * @param headers "name: value" lines
   */
  private record Asked(String target, String address, List<String> headers) implements ClientFacts {

    @Override
    public @Nullable String header(String name) {
      return headers(name).stream().findFirst().orElse(null);
    }

    @Override
    public List<String> headers(String name) {
      return headers.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ": "))
          .map(line -> line.substring(name.length() + 2))
          .toList();
    }
  }

  private static List<@Nullable String> ids(
      AffinityRule rule, String target, String address, String... headers) {
    Asked request = new Asked(target, address, List.of(headers));
    return IdSource.of("app", List.of(rule)).stream()
        .<@Nullable String>map(source -> source.id(request))
        .toList();
  }

  @Test
  void everyLearnedCookieIsAnIdOfItsOwn() {
    AffinityRule rule = new AffinityRule.Learn(List.of("connect.sid", "other"), TTL);
    assertThat(ids(rule, "/", "192.0.2.1", "Cookie: other=\"2\"; connect.sid=s%3A1.x"))
        .containsExactly("s%3A1.x", "2");
    assertThat(ids(rule, "/", "192.0.2.1", "Cookie: other=; x=connect.sid=1"))
        .containsExactly(null, null);
  }

  @Test
  void aRouteIsInCookiesInTheQueryAndInThePath() {
    AffinityRule rule = new AffinityRule.Route(List.of("J"), List.of("j"), TTL);
    assertThat(ids(rule, "/a;j=2.n2?j=3.n3", "192.0.2.1", "Cookie: J=1.n1"))
        .containsExactly("1.n1", "3.n3");
    assertThat(ids(rule, "/a;j=2.n2/b", "192.0.2.1")).containsExactly(null, "2.n2");
    assertThat(ids(rule, "/a;jj=2;j=3?x;j=4", "192.0.2.1")).containsExactly(null, "3");
    assertThat(ids(rule, "/a?x;j=4", "192.0.2.1")).containsExactly(null, null);
  }

  @Test
  void aRoutesValueIsOneSessionWhereverItStands() {
    List<IdSource> sources =
        IdSource.of("app", List.of(new AffinityRule.Route(List.of("J"), List.of("j"), TTL)));
    assertThat(sources.getFirst().key("1.n1")).isEqualTo(sources.getLast().key("1.n1"));
  }

  @Test
  void headersAreFoundByTheirNameAndCountUnlessEmpty() {
    AffinityRule rule = new AffinityRule.Header("x-user", TTL);
    assertThat(ids(rule, "/", "192.0.2.1", "X-User: ada")).containsExactly("ada");
    assertThat(ids(rule, "/", "192.0.2.1", "X-User: ")).containsExactly((String) null);
    assertThat(ids(rule, "/", "192.0.2.1")).containsExactly((String) null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "/?user=ada          | ada",
        "/?x=1&user=ada&y    | ada",
        "/?user=a%20da%2B%zz | a da+%zz",
        "/?user=%            | %",
        "/?user=&user=ada    | none",
        "/?users=1           | none",
        "/?user              | none",
        "/user=1             | none",
        "/?xuser=1&user=2    | 2",
        "/                   | none",
      })
  void parametersAreFoundByTheirNameAndDecoded(String target, @Nullable String id) {
    AffinityRule rule = new AffinityRule.Query("user", TTL);
    assertThat(ids(rule, target, "192.0.2.1")).containsExactly(id);
  }

  @Test
  void aSidIsFollowedInTheQuery() {
    AffinityRule rule = new AffinityRule.SocketIo(TTL);
    assertThat(ids(rule, "/io/?EIO=4&transport=polling&sid=a-_1", "192.0.2.1"))
        .containsExactly("a-_1");
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.17, 192.0.2.", "2001:db8::17, 2001:db8::17"})
  void anAddressIsItsNetworkInVersionFourAndItselfInVersionSix(String address, String id) {
    assertThat(ids(new AffinityRule.Ip(TTL), "/", address)).containsExactly(id);
  }

  @Test
  void keysTellUpstreamsRulesAndNamesApart() {
    String id = "x".repeat(10_000);
    assertThat(
            List.of(
                new SessionKeys("app", "header", "a").of(id),
                new SessionKeys("ap", "pheader", "a").of(id),
                new SessionKeys("app", "query", "a").of(id),
                new SessionKeys("app", "header", "ax").of(id.substring(1)),
                new SessionKeys("app", "header", "b").of(id),
                new SessionKeys("app", "header", "a").of(id + "x"),
                SessionKeys.away(new SessionKeys("app", "header", "a").of(id))))
        .doesNotHaveDuplicates();
    SessionKeys keys = new SessionKeys("app", "header", "a");
    assertThat(keys.of(id)).isEqualTo(keys.of(id));
  }

  /** What operators look up, and what other versions of a node must agree on. */
  @Test
  void aKeyIsTheStartOfASha256() {
    // printf 'app\0header\0x-user\0ada' | sha256sum
    var key = new SessionKeys("app", "header", "x-user").of("ada");
    assertThat("%016x%016x".formatted(key.high(), key.low()))
        .isEqualTo("b3dd3b9592e283f05cd2aa0f082fa4d0");
  }
}
