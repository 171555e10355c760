package dev.limpet.proxy.exactness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests that HTTP/1.1 and HTTP/2 both have words for: well-formed, odd and broken. One char
 * stands for each byte.
 */
final class MessageCorpus {

  record Line(String name, String value) {}

  /**
   * One request.
   *
   * @param name family and variant
   * @param authority null: none
   * @param lines in lower case, as HTTP/2 wants them; framing is among them if it has a length
   * @param body null: there is none
   */
  record Message(
      String name,
      String method,
      String target,
      @Nullable String authority,
      List<Line> lines,
      @Nullable String body,
      List<Line> trailers) {

    boolean hasLength() {
      return lines.stream().anyMatch(line -> line.name().equals("content-length"));
    }
  }

  static final String HOST = "app.example";

  private final List<Message> messages = new ArrayList<>();

  private MessageCorpus() {}

  static List<Message> all() {
    MessageCorpus corpus = new MessageCorpus();
    MessageTargets.addTo(corpus);
    MessageFields.addTo(corpus);
    corpus.lengths();
    corpus.bodies();
    corpus.trailers();
    corpus.expectations();
    corpus.sizes();
    return corpus.messages;
  }

  void add(
      String family,
      String variant,
      String method,
      String target,
      @Nullable String authority,
      List<Line> lines,
      @Nullable String body,
      Line... trailers) {
    String name = family + "/" + RequestCorpus.visible(variant);
    messages.add(new Message(name, method, target, authority, lines, body, List.of(trailers)));
  }

  void get(String family, String variant, Line... lines) {
    add(family, variant, "GET", "/x", HOST, List.of(lines), null);
  }

  /** With a length, and without one. */
  void post(String family, String variant, String body, Line... lines) {
    List<Line> measured = new ArrayList<>(Arrays.asList(lines));
    measured.add(new Line("content-length", Integer.toString(body.length())));
    add(family, variant + ", measured", "POST", "/x", HOST, measured, body);
    add(family, variant, "POST", "/x", HOST, List.of(lines), body);
  }

  private void lengths() {
    for (String length :
        List.of(
            "3",
            "03",
            "0003",
            "+3",
            "-3",
            "3.0",
            "0x3",
            "3 3",
            "3,3",
            "3, 3",
            "",
            "a",
            "3a",
            "\"3\"",
            "-0",
            "+0",
            "99999999999999999999",
            "18446744073709551619",
            "\u0663")) {
      add("length", length, "POST", "/x", HOST, List.of(new Line("content-length", length)), "abc");
    }
    for (String length : List.of("0", "00")) {
      for (String method : List.of("GET", "POST", "PUT", "DELETE", "HEAD", "QUERY")) {
        List<Line> lines = List.of(new Line("content-length", length));
        add("length", method + " " + length, method, "/x", HOST, lines, null);
      }
    }
    List<Line> twice = List.of(new Line("content-length", "3"), new Line("content-length", "3"));
    add("length", "twice", "POST", "/x", HOST, twice, "abc");
  }

  private void bodies() {
    for (String body :
        List.of("", "a", "abc", "\u0000\u00ff\r\n\r\n", "b".repeat(1000), "b".repeat(70_000))) {
      post("body", body, body);
    }
    for (String method : List.of("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY", "FOO")) {
      add("body", method, method, "/x", HOST, List.of(), "abc");
    }
    for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
      add("body-none", method, method, "/x", HOST, List.of(), null);
    }
  }

  private void trailers() {
    for (Line trailer :
        List.of(
            new Line("x-t", "1"),
            new Line("x-t", ""),
            new Line("x-t", "caf\u00c3\u00a9"),
            new Line("x-t", "\u00ff"),
            new Line("x-t", "a\u0000b"),
            new Line("x-t", "a\u0001b"),
            new Line("x-t", "a\rb"),
            new Line("x t", "1"),
            new Line("x(", "1"),
            new Line("content-length", "5"),
            new Line("host", "other"),
            new Line("authorization", "Basic eA=="),
            new Line("cookie", "a=1"),
            new Line("grpc-status", "0"),
            new Line("server-timing", "a;dur=1"),
            new Line("content-type", "a/b"))) {
      String variant = trailer.name() + " " + trailer.value();
      List<Line> named = List.of(new Line("trailer", "x-t"));
      add("trailer", variant, "POST", "/x", HOST, named, "abc", trailer);
      add("trailer-empty", variant, "POST", "/x", HOST, named, "", trailer);
    }
    add(
        "trailer",
        "two",
        "PUT",
        "/x",
        HOST,
        List.of(),
        "abc",
        new Line("x-t", "1"),
        new Line("x-u", "2"));
  }

  private void expectations() {
    for (String expectation :
        List.of(
            "100-continue",
            "100-Continue",
            "100-continue, x",
            "x",
            "",
            "200-ok",
            "100-continue;q=1")) {
      Line line = new Line("expect", expectation);
      post("expect", expectation, "abc", line);
      get("expect", expectation, line);
    }
    get("expect", "twice", new Line("expect", "100-continue"), new Line("expect", "100-continue"));
  }

  private void sizes() {
    for (int size : List.of(1000, 8000, 15_000, 17_000, 40_000)) {
      get("size", "value " + size, new Line("x-long", "v".repeat(size)));
      get("size", "cookie " + size, new Line("cookie", "v".repeat(size)));
      add("size", "target " + size, "GET", "/" + "t".repeat(size), HOST, List.of(), null);
    }
    for (int count : List.of(50, 120, 140, 500)) {
      Line[] lines = new Line[count];
      Arrays.fill(lines, new Line("x", "1"));
      get("size", "lines " + count, lines);
    }
  }
}
