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

  private static final String HOST = "app.example";

  private final List<Message> messages = new ArrayList<>();

  private MessageCorpus() {}

  static List<Message> all() {
    MessageCorpus corpus = new MessageCorpus();
    corpus.methods();
    corpus.targets();
    corpus.authorities();
    corpus.values();
    corpus.contentTypes();
    corpus.cookies();
    corpus.lengths();
    corpus.bodies();
    corpus.trailers();
    corpus.expectations();
    corpus.sizes();
    return corpus.messages;
  }

  private void add(
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

  private void get(String family, String variant, Line... lines) {
    add(family, variant, "GET", "/x", HOST, List.of(lines), null);
  }

  /** With a length, and without one. */
  private void post(String family, String variant, String body, Line... lines) {
    List<Line> measured = new ArrayList<>(Arrays.asList(lines));
    measured.add(new Line("content-length", Integer.toString(body.length())));
    add(family, variant + ", measured", "POST", "/x", HOST, measured, body);
    add(family, variant, "POST", "/x", HOST, List.of(lines), body);
  }

  private void methods() {
    for (String method :
        List.of(
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "DELETE",
            "OPTIONS",
            "PATCH",
            "TRACE",
            "PURGE",
            "PROPFIND",
            "M-SEARCH",
            "REPORT",
            "LINK",
            "QUERY",
            "FOO",
            "get",
            "Get",
            "G",
            "x!#$%&'*+-.^_`|~9",
            "PRI",
            "A-VERY-LONG-METHOD-NAME-INDEED",
            "M".repeat(64),
            "M".repeat(65),
            "GE T",
            "G@T",
            "\"GET\"",
            "",
            "GET\u0000",
            "G\u00c9T",
            "G/T",
            "GET\t")) {
      add("method", method, method, "/x", HOST, List.of(), null);
      add("method-empty", method, method, "/x", HOST, List.of(new Line("content-length", "0")), "");
      add("method-unmeasured", method, method, "/x", HOST, List.of(), "");
      add(
          "method-body",
          method,
          method,
          "/x",
          HOST,
          List.of(new Line("content-length", "3")),
          "abc");
    }
  }

  private void targets() {
    for (String target :
        List.of(
            "/",
            "/a/b",
            "/a//b",
            "/a/./b",
            "/a/../b",
            "/../b",
            "/a%2fb",
            "/a%2Fb",
            "/%zz",
            "/%",
            "/%4",
            "/a?b",
            "/a?b=%zz",
            "/a?b?c",
            "/a?",
            "/?",
            "//",
            "//host/x",
            "/a;b=c",
            "/a|b",
            "/a{b}",
            "/a\\b",
            "/a\"b",
            "/<a>",
            "/a^b`c",
            "/a#b",
            "/a?b#c",
            "/#",
            "/[x]",
            "/a+b",
            "/a=b&c",
            "/:a",
            "/@a",
            "/~a",
            "/a%00b",
            "/a%0d%0ab",
            "/caf\u00c3\u00a9",
            "/caf\u00e9",
            "/\u00ff",
            "/\u00fe",
            "/?\u00ff",
            "/\u00e2\u0082",
            "/\u00e2\u0082\u00ac",
            "*",
            "?",
            "a",
            "a/b",
            "../x",
            "/a b",
            "/a\tb",
            "/a\u0000b",
            "/a\u0001b",
            "/a\u007fb",
            "/a\u001fb",
            " /a",
            "/a ")) {
      add("target", target, "GET", target, HOST, List.of(), null);
    }
    add("target", "options *", "OPTIONS", "*", HOST, List.of(), null);
    add("target", "options **", "OPTIONS", "**", HOST, List.of(), null);
    add("target", "connect", "CONNECT", "/", HOST, List.of(), null);
  }

  private void authorities() {
    for (String authority :
        List.of(
            "app.example",
            "APP.example",
            "app.example:80",
            "app.example:8080",
            "app.example:",
            "app.example:x",
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]",
            "[::1]:80",
            "[::1",
            "::1",
            "[abcd::1]x",
            "[abcd::1",
            "",
            " ",
            "a b",
            "a,b",
            "a/b",
            "a@b",
            "user@app.example",
            "user:pw@app.example",
            "a?b",
            "a#b",
            "a\\b",
            "\u00e9.example",
            "\u00c3\u00a9.example",
            "\u00ff",
            "app.example.",
            ".",
            "..a.com",
            "-",
            "a_b",
            "%61pp.example",
            "a\tx",
            "a\u0000b",
            "a\u0001b",
            "a\u007fb",
            "[",
            "]",
            "a:1:2",
            "1.2.3.4:98777",
            "1.2.3.4:90:80",
            "a:-1",
            "a:+1",
            "a:65535",
            "a:65536",
            "a:0",
            "http://a",
            "a<b",
            "a>b",
            "a\"b",
            "a'b",
            "a(b",
            "a|b",
            "a{b",
            "a^b",
            "a`b",
            "a;b",
            "a=b",
            "a+b",
            "a!b",
            "a$b",
            "a&b",
            "a~b",
            "a*b",
            "*")) {
      add("authority", authority, "GET", "/x", authority, List.of(), null);
    }
    add("authority", "none", "GET", "/x", null, List.of(), null);
  }

  private void values() {
    for (String value :
        List.of(
            "1",
            "",
            "a\tb",
            "a  b",
            "caf\u00c3\u00a9",
            "\u00e9",
            "\u00ff",
            "\u0080",
            "\u00c3",
            "\u00c3(",
            "\u00e2\u0082",
            "\u00f0",
            "\u00c3\u00a9 \u00c3( \u00ff\u0080",
            "\"a, b\"",
            "a,b,,c",
            "a\u0000b",
            "a\u0001b",
            "a\u007fb",
            "a\u000bb",
            "a\u000cb",
            "a\u001bb",
            "a\u001fb",
            "a\rb",
            "a\nb",
            ":",
            ": :",
            "=",
            "\u00a0",
            "\u0085",
            "a\u00adb")) {
      get("value", value, new Line("x-a", value));
    }
    for (String value : List.of(" 1", "1 ", "\t1", "1\t", " ", "\t")) {
      get("blanks", value, new Line("x-a", value));
    }
    for (String name :
        List.of(
            "x_a",
            "x.a",
            "x-a!#$%&'*+^`|~",
            "x a",
            "x(",
            "x\"",
            "x@",
            "x/a",
            "x\u00e4",
            "x\u0000",
            "x\t",
            "x;",
            "n".repeat(256),
            "n".repeat(257))) {
      get("name", name, new Line(name, "1"));
    }
    for (String line :
        List.of(
            "accept=*/*",
            "user-agent=t/1 (x)",
            "authorization=Basic eA==",
            "content-encoding=GZip, br",
            "date=whenever",
            "if-modified-since=0",
            "if-none-match=W/\"x\"",
            "range=bytes=a-b",
            "origin=null",
            "referer=http://[",
            "via=1.0 x",
            "max-forwards=3",
            "cache-control=max-age=0,no-cache",
            "x-forwarded-for=1.2.3.4",
            "x-forwarded-foo=bar",
            "forwarded=for=a",
            "sec-websocket-key=x",
            "priority=u=1, i",
            "upgrade-insecure-requests=1",
            "trailer=x-t",
            "server=x",
            "content-language=de",
            "content-location=/x",
            "expires=0",
            "last-modified=x",
            "allow=x",
            "from=a@b",
            "accept-encoding=gzip, br",
            "te=trailers",
            "te=gzip;q=1",
            "keep-alive=timeout=5",
            "proxy-connection=close",
            "proxy-authorization=Basic eA==",
            "http2-settings=AA",
            "upgrade=websocket",
            "transfer-encoding=gzip")) {
      int equals = line.indexOf('=');
      get("field", line, new Line(line.substring(0, equals), line.substring(equals + 1)));
    }
    get("order", "repeated", new Line("x-b", "1"), new Line("x-a", "2"), new Line("x-b", "3"));
    get(
        "order",
        "accepts",
        new Line("accept", "a/b"),
        new Line("accept", "c/d"),
        new Line("accept", "a/b"));
  }

  private void contentTypes() {
    for (String type :
        List.of(
            "application/json",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            "APPLICATION/JSON",
            "application/json;",
            "application/json ;",
            "application/json; ;",
            "foo",
            "",
            "/",
            "a/",
            "/b",
            "a/b/c",
            "text/plain",
            "text/plain; charset=iso-8859-1",
            "text/plain; charset=\"utf-8\"",
            "text/plain; charset=nonsense",
            "text/plain;CHARSET=utf-8;format=flowed",
            "text/html;level=1;charset=utf-8",
            "multipart/form-data; boundary=----x",
            "multipart/form-data; boundary=\"a b\"",
            "multipart/mixed;boundary=x;y=z",
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=UTF-8",
            "application/grpc+proto",
            "*/*",
            "text/*",
            "application/octet-stream",
            "none/none",
            "text/plain, text/html",
            "text/plain; q=\u00e9",
            "t\u00e9xt/plain",
            "application/vnd.api+json; version=1; charset=utf-8")) {
      Line line = new Line("content-type", type);
      get("content-type", type, line);
      post("content-type", type, "{}", line);
      add(
          "content-type-empty",
          type,
          "POST",
          "/x",
          HOST,
          List.of(line, new Line("content-length", "0")),
          "");
    }
    get("content-type", "two", new Line("content-type", "a/b"), new Line("content-type", "c/d"));
    post("content-type", "none", "{}");
  }

  private void cookies() {
    for (String cookie :
        List.of("a=1", "a=1; b=2", "a=1;b=2", "a=\"1\"", "=", "a", "", "a=\u00ff", "a=1; a=2")) {
      get("cookie", cookie, new Line("cookie", cookie));
    }
    for (int count : List.of(2, 3, 126, 200, 500)) {
      Line[] lines = new Line[count];
      for (int i = 0; i < count; i++) {
        lines[i] = new Line("cookie", "c" + i + "=" + i);
      }
      get("cookies", count + "", lines);
    }
    get(
        "cookies",
        "apart",
        new Line("cookie", "a=1"),
        new Line("x-a", "1"),
        new Line("cookie", "b=2"));
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
