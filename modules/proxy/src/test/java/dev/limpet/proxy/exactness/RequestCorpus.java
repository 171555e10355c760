package dev.limpet.proxy.exactness;

import java.util.ArrayList;
import java.util.List;

/** Raw requests: well-formed, odd and broken. */
final class RequestCorpus {

  /**
   * @param name family and variant
   * @param bytes one char each
   */
  record Case(String name, String bytes) {}

  static final String HOST = "Host: app.example\r\n";

  private final List<Case> cases = new ArrayList<>();

  private RequestCorpus() {}

  static List<Case> all() {
    RequestCorpus corpus = new RequestCorpus();
    RequestLines.addTo(corpus);
    RequestFields.addTo(corpus);
    RequestBodies.addTo(corpus);
    corpus.pipelines();
    return corpus.cases;
  }

  void add(String family, String variant, String bytes) {
    cases.add(new Case(family + "/" + visible(variant), bytes));
  }

  /** A GET with these lines. */
  void get(String family, String lines) {
    add(family, lines, "GET /x HTTP/1.1\r\n" + HOST + lines + "\r\n");
  }

  /** A POST with these lines and this body. */
  void post(String family, String lines, String body) {
    add(family, lines + body, "POST /x HTTP/1.1\r\n" + HOST + lines + "\r\n" + body);
  }

  private void pipelines() {
    String get = "GET /%d HTTP/1.1\r\n" + HOST + "\r\n";
    String post = "POST /%d HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nhi";
    String chunked =
        "PUT /%d HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    String closing = "GET /%d HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n";
    String broken = "GET /%d HTTP/1.1\r\n" + HOST + "X : 1\r\n\r\n";
    String head = "HEAD /%d HTTP/1.1\r\n" + HOST + "\r\n";
    List<String> kinds = List.of(get, post, chunked, closing, broken, head);
    for (String first : kinds) {
      for (String second : kinds) {
        pipeline(first, second);
      }
    }
    pipeline(get, get, get, get, get);
    pipeline(post, chunked, get, post);
    pipeline(get, "\r\n", get);
    pipeline(post, "\r\n", get);
    pipeline(post, "x", get);
    pipeline(get, "\n", get);
  }

  private void pipeline(String... requests) {
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < requests.length; i++) {
      bytes.append(requests[i].replace("%d", Integer.toString(i)));
    }
    add("pipeline", bytes.toString(), bytes.toString());
  }

  /** Short, and with no line break in it. */
  static String visible(String bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes.length() && text.length() < 120; i++) {
      char c = bytes.charAt(i);
      switch (c) {
        case '\r' -> text.append("\\r");
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        default ->
            text.append(c < ' ' || c > '~' ? "\\x%02x".formatted((int) c) : Character.toString(c));
      }
    }
    return text.toString();
  }
}
