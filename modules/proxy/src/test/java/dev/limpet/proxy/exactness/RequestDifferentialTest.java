package dev.limpet.proxy.exactness;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.exactness.NodeReference.Understood;
import dev.limpet.proxy.exactness.NodeReference.Understood.Field;
import dev.limpet.proxy.exactness.RequestCorpus.Case;
import dev.limpet.proxy.fixture.ProxyFixture;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Hundreds of raw requests, each sent to Node.js directly and through Limpet. Node.js must
 * understand the same both times, or Limpet refuses the request: never another meaning, and never a
 * request that Node.js alone did not see.
 */
class RequestDifferentialTest {

  /** What Limpet refuses and Node.js takes: how the case's name begins, and why. */
  private static final Map<String, String> STRICTER =
      Map.ofEntries(
          entry("method-with-body/HEAD", "Akka HTTP takes no body with HEAD"),
          entry("method-with-body/TRACE", "must not have one (RFC 9110, 9.3.8)"),
          entry("target//../b", "leaves the root: no route can be for it"),
          entry("target//%", "not an escape: no route can be for it"),
          entry("target//a%00b", "an escaped NUL: no route can be for it"),
          entry("target//a#b", "a fragment is no part of a target (RFC 9112, 3.2)"),
          entry("target//a?b#c", "a fragment is no part of a target (RFC 9112, 3.2)"),
          entry("target/*", "for OPTIONS only (RFC 9112, 3.2.4)"),
          entry("target/http:///x", "no authority"),
          entry("target/ftp:", "not for HTTP"),
          entry("request-line/", "one space each, CRLF, a version (RFC 9112, 3)"),
          entry("host/", "not one host (RFC 9112, 3.2)"),
          entry("coding/", "chunked only, and once (RFC 9112, 6.1)"),
          entry("both/", "two framings (RFC 9112, 6.3)"),
          entry("pipeline/GET /0 HTTP/1.1\\r\\nHost: app.example\\r\\n\\r\\n\\nGET", "a bare LF"),
          entry("version/", "HTTP/1.0 and HTTP/1.1 only"),
          entry("http10-body/chunked", "HTTP/1.0 has no chunks (RFC 9112, 6.1)"),
          entry("expect/Expect: 100-continue, x", "an unknown expectation is a 417"),
          entry("size/", "limits"));

  /** What Node.js gives up on and Limpet brings into a form that it takes. */
  private static final Map<String, String> REPAIRED =
      Map.of(
          "coding/Transfer-Encoding: chunked\\t", "a tab is optional whitespace (RFC 9110, 5.6.3)");

  /** Trailers that end at a proxy (RFC 9110, 6.5.1). */
  private static final Set<String> NO_TRAILERS = Set.of("host", "connection", "authorization");

  private static final Set<String> PER_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authorization",
          "te",
          "transfer-encoding",
          "content-length",
          "upgrade",
          "http2-settings");

  private static final Pattern ABSOLUTE = Pattern.compile("(?i) https?://(?:[^/?@]*@)?([^/?]+)");

  private static final String SETTINGS =
      """
      limpet.limits { max-head-size = 64k, max-header-size = 16k, max-header-count = 128, max-target-size = 16k }
      limpet.upstreams.app.timeouts.first-byte = 10s
      test.listener { timeouts.keep-alive = 10s, half-close = on }
      limpet.hosts = [ { names = [ "*" ], routes = [ { path = "/", upstream = app } ] } ]
      """;

  @Test
  void nodeUnderstandsTheSameBehindLimpetOrNothing() {
    List<String> wrong = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    try (NodeReference node = new NodeReference();
        ProxyFixture proxy = new ProxyFixture(SETTINGS, node.port())) {
      int limpet = proxy.proxy().addresses().getFirst().getPort();
      List<Case> corpus = RequestCorpus.all();
      assertThat(corpus).hasSizeGreaterThan(500);
      for (Case sent : corpus) {
        NodeReference.exchange(node.port(), sent.bytes());
        List<Understood> direct = sentToNode(node.seen(), sent);
        String answer = NodeReference.exchange(limpet, sent.bytes());
        List<Understood> behind = node.seen();
        String verdict = verdict(direct, behind, answer);
        if (verdict.equals("repaired") && isNamed(REPAIRED, sent.name())) {
          continue;
        }
        if (verdict.equals("refused")) {
          refused.add(sent.name());
        } else if (!verdict.isEmpty()) {
          wrong.add(
              sent.name() + "\n  " + verdict + "\n  direct " + direct + "\n  behind " + behind);
        }
      }
    }
    assertThat(wrong).as("another meaning").isEmpty();
    assertThat(refused)
        .as("refused without a reason above")
        .allMatch(name -> isNamed(STRICTER, name));
  }

  private static boolean isNamed(Map<String, String> exceptions, String name) {
    return exceptions.keySet().stream().anyMatch(name::startsWith);
  }

  /** Empty if all is well. */
  private static String verdict(List<Understood> direct, List<Understood> behind, String answer) {
    if (behind.size() > direct.size()) {
      return "more requests than were understood";
    }
    for (int i = 0; i < behind.size(); i++) {
      // HTTP/1.0 needs no Host, and what goes to the server is HTTP/1.1.
      boolean hostAdded = direct.get(i).find("host") == null;
      Understood expected = meaning(direct.get(i), false);
      Understood actual = meaning(behind.get(i), hostAdded);
      if (!expected.complete() && !actual.complete()) {
        return expected.start().equals(actual.start()) ? "" : "another start";
      }
      if (!expected.complete() && actual.start().equals(expected.start())) {
        return "repaired";
      }
      if (!actual.equals(expected)) {
        return "another request:\n  " + expected + "\n  " + actual;
      }
    }
    if (behind.size() == direct.size()) {
      return "";
    }
    boolean clean = answer.matches("(?s)(.*seen)?HTTP/1\\.1 [45]\\d\\d .*") || answer.isEmpty();
    boolean wholeMissing =
        direct.subList(behind.size(), direct.size()).stream().anyMatch(Understood::complete);
    return !clean ? "no clean refusal: " + answer : wholeMissing ? "refused" : "";
  }

  /** Without what a proxy may change (RFC 9110, 7.6). */
  private static Understood meaning(Understood request, boolean hostAdded) {
    Set<String> dropped = new HashSet<>(PER_HOP);
    if (hostAdded) {
      dropped.add("host");
    }
    for (Field field : request.fields()) {
      if (field.name().equalsIgnoreCase("connection")) {
        for (String option : field.value().split(",", -1)) {
          if (!option.strip().equalsIgnoreCase("host")) {
            dropped.add(option.strip().toLowerCase(Locale.ROOT));
          }
        }
      }
    }
    String asked = authority(request.start());
    List<Field> fields =
        request.fields().stream()
            .filter(field -> !isPerHop(field.name().toLowerCase(Locale.ROOT), dropped))
            .map(
                field ->
                    !asked.isEmpty() && field.name().equalsIgnoreCase("host")
                        ? new Field(field.name(), asked)
                        : field)
            .toList();
    // Behind a proxy a server gets the origin form (RFC 9112, 3.2.1).
    String start = request.start().replaceFirst("(?i) https?://[^/?]+", " ");
    List<Field> trailers =
        request.trailers().stream()
            .filter(field -> !NO_TRAILERS.contains(field.name().toLowerCase(Locale.ROOT)))
            .toList();
    return request
        .withFields(fields)
        .withTrailers(trailers)
        .withStart(start.replaceFirst(" (\\?.*)?$", " /$1"));
  }

  /**
   * Whom an absolute target names, for which a proxy makes Host anew (RFC 9112, 3.2.2); else empty.
   */
  private static String authority(String start) {
    Matcher absolute = ABSOLUTE.matcher(start);
    return absolute.find() ? absolute.group(1) : "";
  }

  /**
   * X-Forwarded-* of a client that nobody vouches for does not reach a server; Limpet-Via and
   * X-Request-Id are ours.
   */
  private static boolean isPerHop(String lowercaseName, Set<String> dropped) {
    return dropped.contains(lowercaseName)
        || lowercaseName.startsWith("x-forwarded-")
        || lowercaseName.equals("limpet-via")
        || lowercaseName.equals("x-request-id");
  }

  /**
   * Without what Limpet, which has refused the request before this one, had begun to pass on: that
   * may reach Node.js when the client has its answer.
   */
  private static List<Understood> sentToNode(List<Understood> seen, Case sent) {
    return seen.stream()
        .filter(
            request ->
                sent.bytes().contains("X-Forwarded-For")
                    || request.fields().stream()
                        .noneMatch(field -> field.name().equals("X-Forwarded-For")))
        .toList();
  }
}
