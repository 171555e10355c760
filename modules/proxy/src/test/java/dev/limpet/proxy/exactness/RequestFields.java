package dev.limpet.proxy.exactness;

import static dev.limpet.proxy.exactness.RequestCorpus.HOST;

import java.util.List;

/** Header fields of requests, Host among them, and heads that are large. */
final class RequestFields {

  private final RequestCorpus corpus;

  private RequestFields(RequestCorpus corpus) {
    this.corpus = corpus;
  }

  static void addTo(RequestCorpus corpus) {
    RequestFields family = new RequestFields(corpus);
    family.headerForms();
    family.hosts();
    family.sizes();
  }

  private void headerForms() {
    for (String line :
        List.of(
            "X-A: 1",
            "x-a: 1",
            "X-a:1",
            "X-A:  1  ",
            "X-A:\t1\t",
            "X-A:",
            "X-A: ",
            "X-A: a\tb",
            "X-A: a  b",
            "X-A : 1",
            "X-A\t: 1",
            " X-A: 1",
            "X-A",
            "X-A 1",
            ": 1",
            ":",
            "X A: 1",
            "X-A(: 1",
            "X\u00c4: 1",
            "X-A: \u00e9",
            "X-A: caf\u00c3\u00a9",
            "X-A: \u00c3",
            "X-A: \u00c3(",
            "X-A: \u00e2\u0082",
            "X-A: \u00e2",
            "X-A: \u00f0",
            "X-A: \u00c3\u00a9 \u00c3( \u00ff\u0080",
            "X-A: \u0080\u00ff",
            "X-A: a\u0000b",
            "X-A: a\u0001b",
            "X-A: a\u007fb",
            "X-A: a\rb",
            "X-A: a\u000bb",
            "X-A: a\u001bb",
            "X-A: \"a, b\"",
            "X-A: a,b,,c",
            "X_A: 1",
            "X.A: 1",
            "X-A: 1\r\nX-A: 2",
            "X-A: 1\r\nx-a: 2\r\nX-a: 3",
            "X-B: 1\r\nX-A: 2\r\nX-B: 3",
            "Cookie: a=1; b=2",
            "Cookie: a=1\r\nCookie: b=2",
            "Accept: */*\r\nUser-Agent: t\r\naccept: text/html",
            "Content-Type: TEXT/plain; x=\"y\"",
            "Content-Type: not a type",
            "Content-Type: a/b\r\nContent-Type: c/d",
            "Content-Encoding: GZip, br",
            "Upgrade-Insecure-Requests: 1",
            "Date: whenever",
            "If-Modified-Since: 0",
            "Range: bytes=a-b",
            "Authorization: Basic eA==",
            "ORIGIN: null",
            "Sec-WebSocket-Key: x",
            "Max-Forwards: 3",
            "X-Forwarded-Foo: bar",
            "Referer: http://[",
            "Via: 1.0 x",
            "Cache-Control: max-age=0,no-cache",
            "Connection: close",
            "Connection: Keep-Alive",
            "Connection: X-A\r\nX-A: 1\r\nX-B: 1",
            "Connection: keep-alive\r\nConnection: X-A\r\nX-A: 1",
            "Connection: close, X-A\r\nX-A: 1",
            "Connection: Host",
            "Connection: Content-Length",
            "Connection: ,",
            "Connection:",
            "Keep-Alive: timeout=5",
            "Proxy-Connection: close",
            "TE: trailers",
            "TE: gzip;q=1",
            "Trailer: X-T",
            "Upgrade: websocket",
            "Upgrade: h2c\r\nConnection: Upgrade",
            "Proxy-Authorization: Basic eA==",
            "HTTP2-Settings: AA",
            "X-A: 1\r\n folded",
            "X-A: 1\r\n\tfolded",
            "X-A: 1\n folded",
            "X-A: 1\r\n ",
            "X-A:\r\n 1",
            "X-A: 1\nX-B: 2",
            "X-A: 1\r\r\nX-B: 2",
            "X-A: 1\rX-B: 2",
            "X-A: 1\n\r\nX-B: 2",
            "X-A: \u00e2\r\nX-B: 1",
            "X-A: \u00c3\r\nX-B: 1",
            "X-A: \u00f0\r\nX-B: 1",
            "X-Very-Long-Name-" + "n".repeat(100) + ": 1")) {
      corpus.get("header", line + "\r\n");
    }
    corpus.add("header-end", "bare LF", "GET /x HTTP/1.1\r\n" + HOST + "\n");
    corpus.add("header-end", "bare CR", "GET /x HTTP/1.1\r\n" + HOST + "\r\r\n");
    corpus.add("header-end", "all bare LF", "GET /x HTTP/1.1\nHost: app.example\n\n");
    corpus.add("header-end", "first folded", "GET /x HTTP/1.1\r\n " + HOST + "\r\n");
    corpus.add("header-end", "none", "GET /x HTTP/1.1\r\n\r\n");
  }

  private void hosts() {
    for (String host :
        List.of(
            "app.example",
            "APP.example",
            "app.example:80",
            "app.example:",
            "app.example:x",
            "127.0.0.1",
            "[::1]",
            "[::1]:80",
            "",
            "a b",
            "a,b",
            "a/b",
            "a@b",
            "a?b",
            "a#b",
            "a\\b",
            "\u00e9.example",
            "app.example.",
            "-",
            "a_b",
            "%61pp.example",
            "app.example\tx",
            "[",
            "a:1:2",
            ".",
            "..a.com",
            "a..b",
            "1.2.3.4:98777",
            "1.2.3.4:90:80",
            "[abcd::1]x",
            "[abcd::1",
            "[::1]:0",
            "[v1.a]",
            "user@app.example",
            "%zz",
            "a;b")) {
      corpus.add("host", host, "GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }
    corpus.add("host", "two equal", "GET /x HTTP/1.1\r\n" + HOST + HOST + "\r\n");
    corpus.add("host", "two different", "GET /x HTTP/1.1\r\n" + HOST + "Host: other\r\n\r\n");
    corpus.add("host", "lower case", "GET /x HTTP/1.1\r\nhost: app.example\r\n\r\n");
    corpus.add("host", "blank before colon", "GET /x HTTP/1.1\r\nHost : app.example\r\n\r\n");
    corpus.add("host", "folded", "GET /x HTTP/1.1\r\nHost:\r\n app.example\r\n\r\n");
    corpus.add("host", "last", "GET /x HTTP/1.1\r\nX-A: 1\r\n" + HOST + "\r\n");
  }

  private void sizes() {
    for (int size : List.of(1000, 8000, 15000, 17000, 70000)) {
      corpus.get("size", "X-Long: " + "v".repeat(size) + "\r\n");
      corpus.add(
          "size", "target " + size, "GET /" + "t".repeat(size) + " HTTP/1.1\r\n" + HOST + "\r\n");
    }
    corpus.get("size", "n".repeat(300) + ": 1\r\n");
    for (int count : List.of(50, 120, 140, 2100)) {
      corpus.get("size", "X: 1\r\n".repeat(count));
    }
  }
}
