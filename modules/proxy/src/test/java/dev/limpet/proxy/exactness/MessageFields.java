package dev.limpet.proxy.exactness;

import static dev.limpet.proxy.exactness.MessageCorpus.HOST;

import dev.limpet.proxy.exactness.MessageCorpus.Line;
import java.util.List;

/** Header fields of requests: names, values, content types and cookies. */
final class MessageFields {

  private final MessageCorpus corpus;

  private MessageFields(MessageCorpus corpus) {
    this.corpus = corpus;
  }

  static void addTo(MessageCorpus corpus) {
    MessageFields family = new MessageFields(corpus);
    family.values();
    family.contentTypes();
    family.cookies();
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
      corpus.get("value", value, new Line("x-a", value));
    }
    for (String value : List.of(" 1", "1 ", "\t1", "1\t", " ", "\t")) {
      corpus.get("blanks", value, new Line("x-a", value));
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
      corpus.get("name", name, new Line(name, "1"));
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
      corpus.get("field", line, new Line(line.substring(0, equals), line.substring(equals + 1)));
    }
    corpus.get(
        "order", "repeated", new Line("x-b", "1"), new Line("x-a", "2"), new Line("x-b", "3"));
    corpus.get(
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
      corpus.get("content-type", type, line);
      corpus.post("content-type", type, "{}", line);
      corpus.add(
          "content-type-empty",
          type,
          "POST",
          "/x",
          HOST,
          List.of(line, new Line("content-length", "0")),
          "");
    }
    corpus.get(
        "content-type", "two", new Line("content-type", "a/b"), new Line("content-type", "c/d"));
    corpus.post("content-type", "none", "{}");
  }

  private void cookies() {
    for (String cookie :
        List.of("a=1", "a=1; b=2", "a=1;b=2", "a=\"1\"", "=", "a", "", "a=\u00ff", "a=1; a=2")) {
      corpus.get("cookie", cookie, new Line("cookie", cookie));
    }
    for (int count : List.of(2, 3, 126, 200, 500)) {
      Line[] lines = new Line[count];
      for (int i = 0; i < count; i++) {
        lines[i] = new Line("cookie", "c" + i + "=" + i);
      }
      corpus.get("cookies", count + "", lines);
    }
    corpus.get(
        "cookies",
        "apart",
        new Line("cookie", "a=1"),
        new Line("x-a", "1"),
        new Line("cookie", "b=2"));
  }
}
