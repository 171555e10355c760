package dev.limpet.proxy.exactness;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.proxy.exactness.NodeReference.Understood;
import dev.limpet.proxy.exactness.NodeReference.Understood.Field;
import dev.limpet.proxy.exactness.ResponseCorpus.Case;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Hundreds of raw responses, each read by a Node.js client directly and through Limpet. The client
 * must understand the same both times, or hear that the server's response is not valid.
 */
class ResponseDifferentialTest {

  /** What Limpet refuses and Node.js takes: how the case's name begins ($: ends), and why. */
  private static final Map<String, String> STRICTER =
      Map.of(
          "status-line/HTTP/1.1 200 a\\x0", "control characters in the reason (RFC 9112, 4)",
          "status-line/HTTP/1.1 099 OK", "a status has three digits, from 100 (RFC 9110, 15)",
          "coding/", "chunked only, and once: who reads others does not know where the body ends");

  /** What Node.js gives up on and Limpet brings into a form that it takes. */
  private static final Map<String, String> REPAIRED =
      Map.ofEntries(
          entry("status/304", "bytes behind a response that has no body are dropped"),
          entry("no-body/", "bytes behind a response that has no body are dropped"),
          entry("head/with a body", "bytes behind a response that has no body are dropped"),
          entry("length/Content-Length: 2$", "bytes behind the body are dropped"),
          entry("length/Content-Length: 0$", "bytes behind the body are dropped"),
          entry("length/rubbish behind", "bytes behind the body are dropped"),
          entry("chunks/3\\r\\nabc\\r\\n0\\r\\n\\r\\nrubbish", "bytes behind the body are dropped"),
          entry("status-line/", "Limpet writes a status line of its own"),
          entry("header/X-A : 1", "no blank before the colon goes on (RFC 9112, 5.1)"),
          entry("length/Content-Length : 3", "no blank before the colon goes on (RFC 9112, 5.1)"),
          entry("header/X-A: 1\\r\\n ", "a folded line goes on as one (RFC 9112, 5.2)"),
          entry("header/X-A: 1\\r\\n\\t", "a folded line goes on as one (RFC 9112, 5.2)"),
          entry(
              "length/X: y\\r\\n Content-Length: 2",
              "a folded line goes on as one (RFC 9112, 5.2)"),
          entry("header/X A: 1", "a name ends before its first blank"),
          entry(
              "interim/HTTP/1.1 103 Early Hints\\r\\nX A: 1", "a name ends before its first blank"),
          entry("trailer/", "as with headers"));

  /** What means the same although Node.js shows it in another way. */
  private static final Map<String, String> CHANGED =
      Map.of(
          "no-body/205", "a 205 has no body (RFC 9110, 15.3.6)",
          "status-line/HTTP/1.1 200  OK", "blanks before the reason are one",
          "interim/HTTP/1.1 103 Early Hints\\r\\nContent-Length", "framing of a body that is none");

  /** Trailers that end at a proxy (RFC 9110, 6.5.1). */
  private static final Set<String> NO_TRAILERS = Set.of("set-cookie");

  private static final Set<String> PER_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "transfer-encoding",
          "content-length",
          "upgrade");

  private static final String SETTINGS =
      """
      limpet.upstreams.app.timeouts.first-byte = 10s
      test.listener.timeouts.keep-alive = 10s
      """;

  @Test
  void aClientUnderstandsTheSameBehindLimpetOrARefusal() {
    List<Case> corpus = ResponseCorpus.all();
    List<String> wrong = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    List<String> repaired = new ArrayList<>();
    try (Origin origin =
            new Origin(
                (self, socket) -> {
                  String request = self.readRequest(socket);
                  if (!request.isEmpty()) {
                    int at = request.indexOf(' ') + 2;
                    int index = Integer.parseInt(request.substring(at, request.indexOf(' ', at)));
                    self.write(socket, corpus.get(index).bytes());
                  }
                });
        NodeReference node = new NodeReference();
        ProxyFixture proxy = new ProxyFixture(SETTINGS, origin.port())) {
      int limpet = proxy.proxy().addresses().getFirst().getPort();
      for (int i = 0; i < corpus.size(); i++) {
        Case sent = corpus.get(i);
        Understood direct = meaning(node.fetch(origin.port(), sent.method(), "/" + i));
        Understood behind = meaning(node.fetch(limpet, sent.method(), "/" + i));
        if (isSame(direct, behind) || isNamed(CHANGED, sent.name())) {
          continue;
        }
        if (isRefusal(behind)) {
          refused.add(sent.name());
        } else if (!direct.complete() && behind.complete()) {
          repaired.add(sent.name());
        } else {
          wrong.add(sent.name() + "\n  direct " + direct + "\n  behind " + behind);
        }
      }
    }
    assertThat(corpus).hasSizeGreaterThan(300);
    assertThat(wrong).as("another meaning").isEmpty();
    refused.removeIf(name -> isNamed(STRICTER, name));
    assertThat(refused).as("refused without a reason above").isEmpty();
    repaired.removeIf(name -> isNamed(REPAIRED, name));
    assertThat(repaired).as("repaired without a reason above").isEmpty();
  }

  private static boolean isNamed(Map<String, String> exceptions, String name) {
    return exceptions.keySet().stream().anyMatch((name + "$")::startsWith);
  }

  private static boolean isSame(Understood direct, Understood behind) {
    if (!direct.complete()) {
      return !behind.complete() || isRefusal(behind);
    }
    return behind.equals(direct);
  }

  private static boolean isRefusal(Understood response) {
    return response.start().equals("502 Bad Gateway") || !response.complete();
  }

  /** Without what a proxy may change (RFC 9110, 7.6), its cookie, and a Date that was missing. */
  private static Understood meaning(Understood response) {
    Set<String> dropped = new HashSet<>(PER_HOP);
    for (Field field : response.fields()) {
      if (field.name().equalsIgnoreCase("connection")) {
        for (String option : field.value().split(",", -1)) {
          dropped.add(option.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    List<Field> fields =
        response.fields().stream()
            .filter(field -> !dropped.contains(field.name().toLowerCase(Locale.ROOT)))
            .filter(field -> !field.value().startsWith("limpet="))
            .filter(field -> !field.name().equals("Date") || field.value().contains("1994"))
            .toList();
    List<Field> trailers =
        response.trailers().stream()
            .filter(field -> !NO_TRAILERS.contains(field.name().toLowerCase(Locale.ROOT)))
            .toList();
    return response.withFields(fields).withTrailers(trailers);
  }
}
