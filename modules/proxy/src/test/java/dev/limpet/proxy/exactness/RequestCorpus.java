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

  private static final String HOST = "Host: app.example\r\n";

  private final List<Case> cases = new ArrayList<>();

  private RequestCorpus() {}

  static List<Case> all() {
    RequestCorpus corpus = new RequestCorpus();
    corpus.methods();
    corpus.targets();
    corpus.requestLines();
    corpus.headerForms();
    corpus.hosts();
    corpus.lengths();
    corpus.transferEncodings();
    corpus.conflicts();
    corpus.chunks();
    corpus.trailers();
    corpus.pipelines();
    corpus.versions();
    corpus.expectations();
    corpus.sizes();
    return corpus.cases;
  }

  private void add(String family, String variant, String bytes) {
    cases.add(new Case(family + "/" + visible(variant), bytes));
  }

  private void get(String family, String lines) {
    add(family, lines, "GET /x HTTP/1.1\r\n" + HOST + lines + "\r\n");
  }

  private void post(String family, String lines, String body) {
    add(family, lines + body, "POST /x HTTP/1.1\r\n" + HOST + lines + "\r\n" + body);
  }

  private void methods() {
    for (String method :
        List.of(
            "GET",
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
            "A-VERY-LONG-METHOD-NAME-INDEED",
            "CONNECT",
            "PRI",
            "GE T",
            "GET\t",
            "G@T",
            "\"GET\"",
            "",
            "GET\u0000",
            "G\u00c9T")) {
      add("method", method, method + " /x HTTP/1.1\r\n" + HOST + "\r\n");
    }
    for (String method :
        List.of("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE", "SEARCH", "FOO")) {
      add(
          "method-with-body",
          method,
          method + " /x HTTP/1.1\r\n" + HOST + "Content-Length: 3\r\n\r\nabc");
    }
    add("method", "HEAD", "HEAD /x HTTP/1.1\r\n" + HOST + "\r\n");
    add("method", "connect with authority", "CONNECT app.example:443 HTTP/1.1\r\n" + HOST + "\r\n");
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
            "*",
            "?",
            "a",
            "a/b",
            "",
            "../x",
            "http://app.example/x",
            "http://app.example",
            "http://app.example/?a=/b",
            "HTTP://APP.EXAMPLE/x",
            "http://app.example?a=/b",
            "https://app.example/x",
            "http://other.example/x",
            "http://app.example:80/x",
            "http://user@app.example/x",
            "ftp://app.example/x",
            "http:///x",
            "http:/x",
            "/a b",
            "/a\tb",
            "/a\u0000b",
            "/a\u0001b",
            "/a\u007fb",
            "/a\rb",
            "/a\nb")) {
      add("target", target, "GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n");
    }
    add("target", "options asterisk", "OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n");
  }

  private void requestLines() {
    for (String line :
        List.of(
            "GET /x HTTP/1.1\n",
            "GET  /x HTTP/1.1\r\n",
            "GET /x  HTTP/1.1\r\n",
            " GET /x HTTP/1.1\r\n",
            "GET\t/x HTTP/1.1\r\n",
            "GET /x\tHTTP/1.1\r\n",
            "GET /x HTTP/1.1 \r\n",
            "GET /x HTTP/1.1\r\r\n",
            "GET /x HTTP/1.1\r",
            "GET /x HTTP/1.1x\r\n",
            "\r\nGET /x HTTP/1.1\r\n",
            "\r\n\r\nGET /x HTTP/1.1\r\n",
            "\nGET /x HTTP/1.1\r\n",
            "\rGET /x HTTP/1.1\r\n",
            "GET /x\r\n",
            "GET\r\n",
            "GET /x HTTP/1.1\u000b\r\n",
            "\u0000GET /x HTTP/1.1\r\n",
            "GET /x HTTP /1.1\r\n",
            "GET /x HTTP/ 1.1\r\n",
            "\ufeffGET /x HTTP/1.1\r\n")) {
      add("request-line", line, line + HOST + "\r\n");
    }
    add("request-line", "tls hello", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc");
    add("request-line", "cut off", "GET /x HTTP/1.1\r\nHost: app.exa");
    add("request-line", "nothing", "");
  }

  private void versions() {
    for (String version :
        List.of(
            "HTTP/1.0",
            "HTTP/0.9",
            "HTTP/1.2",
            "HTTP/1.10",
            "HTTP/2.0",
            "HTTP/2",
            "HTTP/11",
            "http/1.1",
            "HTTP/1.",
            "HTTP/1,1",
            "ICE/1.0",
            "RTSP/1.0",
            "HTTPS/1.1",
            "HTTP/01.1",
            "")) {
      add("version", version, "GET /x " + version + "\r\n" + HOST + "\r\n");
    }
    for (String lines :
        List.of(
            "",
            "Connection: keep-alive\r\n",
            "Connection: close\r\n",
            "Host: app.example\r\n",
            "Expect: 100-continue\r\n")) {
      add("http10", lines, "GET /x HTTP/1.0\r\n" + lines + "\r\n");
      add("http10-body", lines, "POST /x HTTP/1.0\r\n" + lines + "Content-Length: 3\r\n\r\nabc");
    }
    add(
        "http10-body",
        "chunked",
        "POST /x HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    add(
        "http10",
        "keep-alive, then another",
        "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    add("http10", "close, then another", "GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    add("version", "http2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
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
      get("header", line + "\r\n");
    }
    add("header-end", "bare LF", "GET /x HTTP/1.1\r\n" + HOST + "\n");
    add("header-end", "bare CR", "GET /x HTTP/1.1\r\n" + HOST + "\r\r\n");
    add("header-end", "all bare LF", "GET /x HTTP/1.1\nHost: app.example\n\n");
    add("header-end", "first folded", "GET /x HTTP/1.1\r\n " + HOST + "\r\n");
    add("header-end", "none", "GET /x HTTP/1.1\r\n\r\n");
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
      add("host", host, "GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }
    add("host", "two equal", "GET /x HTTP/1.1\r\n" + HOST + HOST + "\r\n");
    add("host", "two different", "GET /x HTTP/1.1\r\n" + HOST + "Host: other\r\n\r\n");
    add("host", "lower case", "GET /x HTTP/1.1\r\nhost: app.example\r\n\r\n");
    add("host", "blank before colon", "GET /x HTTP/1.1\r\nHost : app.example\r\n\r\n");
    add("host", "folded", "GET /x HTTP/1.1\r\nHost:\r\n app.example\r\n\r\n");
    add("host", "last", "GET /x HTTP/1.1\r\nX-A: 1\r\n" + HOST + "\r\n");
  }

  private void lengths() {
    for (String length :
        List.of(
            "3",
            " 3 ",
            "\t3",
            "03",
            "+3",
            "-3",
            "3.0",
            "0x3",
            "3 3",
            "3,3",
            "3, 3",
            "3,4",
            "",
            "a",
            "3a",
            "3;",
            "\"3\"",
            "99999999999999999999",
            "18446744073709551619",
            "4294967299",
            "3\u0000",
            "3\u000b",
            "3\u00a0",
            "1 2",
            "0",
            "00",
            "2",
            "4")) {
      post("length", "Content-Length: " + length + "\r\n", "abc");
    }
    for (String lines :
        List.of(
            "Content-Length: 3\r\nContent-Length: 3\r\n",
            "Content-Length: 3\r\nContent-Length: 4\r\n",
            "Content-Length: 0\r\nContent-Length: 3\r\n",
            "content-length: 3\r\n",
            "CONTENT-LENGTH: 3\r\n",
            "Content-Length : 3\r\n",
            " Content-Length: 3\r\n",
            "Content-Length\t: 3\r\n",
            "Content_Length: 3\r\n",
            "X: y\r\n Content-Length: 3\r\n",
            "Content-Length:\r\n 3\r\n",
            "Content-Length: 3\n",
            "Connection: Content-Length\r\nContent-Length: 3\r\n",
            "")) {
      post("length", lines, "abc");
    }
    post("length", "Content-Length: 40\r\n", "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    post("length", "Content-Length: 0\r\n", "GET /second HTTP/1.1\r\nHost: app.example\r\n\r\n");
    post("length", "", "GET /second HTTP/1.1\r\nHost: app.example\r\n\r\n");
    post("length", "Content-Length: 70000\r\n", "z".repeat(70000));
    post("length", "Content-Length: 70001\r\n", "z".repeat(70000));
  }

  private void transferEncodings() {
    String body = "3\r\nabc\r\n0\r\n\r\n";
    for (String coding :
        List.of(
            "chunked",
            "CHUNKED",
            "Chunked",
            " chunked ",
            "\tchunked",
            "chunked\t",
            "chunked,",
            ",chunked",
            "chunked, chunked",
            "identity",
            "gzip",
            "gzip, chunked",
            "chunked, gzip",
            "identity, chunked",
            "chunked, identity",
            "xchunked",
            "chunkedx",
            "chunked;q=1",
            "\"chunked\"",
            "'chunked'",
            "chunked\u0000",
            "chunked\u000b",
            "chu nked",
            "",
            "c\u212aunked",
            "\u00a0chunked",
            "x\r\nTransfer-Encoding: chunked",
            "chunked\r\nTransfer-Encoding: chunked",
            "chunked\r\nTransfer-Encoding: x",
            "chunked\r\nTransfer-Encoding: identity")) {
      post("coding", "Transfer-Encoding: " + coding + "\r\n", body);
    }
    for (String lines :
        List.of(
            "transfer-encoding: chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            " Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding:chunked\r\n",
            "Transfer-Encoding\t:chunked\r\n",
            "Transfer_Encoding: chunked\r\n",
            "Transfer-Encoding:\r\n chunked\r\n",
            "X: y\r\n Transfer-Encoding: chunked\r\n",
            "X: y\nTransfer-Encoding: chunked\r\n",
            "X: y\rTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\n",
            "Transfer-Encoding\r: chunked\r\n",
            "Transfer-Encoding\u0000: chunked\r\n",
            "X: \u00e2\r\nTransfer-Encoding: chunked\r\n",
            "TE: chunked\r\n",
            "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n")) {
      post("coding", lines, body);
    }
  }

  private void conflicts() {
    String smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.example\r\n\r\n";
    for (String length : List.of("0", "3", "5", "6", Integer.toString(smuggled.length()))) {
      for (String coding :
          List.of(
              "chunked",
              "Chunked",
              " chunked",
              "identity",
              "x",
              "chunked, x",
              "",
              "chunked\u0000")) {
        post(
            "both",
            "Content-Length: " + length + "\r\nTransfer-Encoding: " + coding + "\r\n",
            smuggled);
        post(
            "both",
            "Transfer-Encoding: " + coding + "\r\nContent-Length: " + length + "\r\n",
            smuggled);
      }
    }
  }

  private void chunks() {
    for (String body :
        List.of(
            "0\r\n\r\n",
            "3\r\nabc\r\n0\r\n\r\n",
            "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
            "A\r\n0123456789\r\n0\r\n\r\n",
            "a\r\n0123456789\r\n0\r\n\r\n",
            "03\r\nabc\r\n0\r\n\r\n",
            "0000000003\r\nabc\r\n00\r\n\r\n",
            "3;x\r\nabc\r\n0\r\n\r\n",
            "3;x=y\r\nabc\r\n0\r\n\r\n",
            "3;x=\"y\"\r\nabc\r\n0;z\r\n\r\n",
            "3 ;x\r\nabc\r\n0\r\n\r\n",
            "3; x\r\nabc\r\n0\r\n\r\n",
            "3;\r\nabc\r\n0\r\n\r\n",
            "3 \r\nabc\r\n0\r\n\r\n",
            " 3\r\nabc\r\n0\r\n\r\n",
            "3\t\r\nabc\r\n0\r\n\r\n",
            "+3\r\nabc\r\n0\r\n\r\n",
            "-3\r\nabc\r\n0\r\n\r\n",
            "0x3\r\nabc\r\n0\r\n\r\n",
            "g\r\nabc\r\n0\r\n\r\n",
            "\r\nabc\r\n0\r\n\r\n",
            "3\nabc\n0\n\n",
            "3\nabc\r\n0\r\n\r\n",
            "3\r\nabc\n0\r\n\r\n",
            "3\rabc\r\n0\r\n\r\n",
            "3\r\nabc0\r\n\r\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "2\r\nabc\r\n0\r\n\r\n",
            "3\r\nabc\r\n0\r\n",
            "3\r\nabc\r\n",
            "3\r\nab",
            "3",
            "3\r\nabc\r\r\n0\r\n\r\n",
            "3;a\nb\r\nabc\r\n0\r\n\r\n",
            "3;a\rb\r\nabc\r\n0\r\n\r\n",
            "3;a\u0000b\r\nabc\r\n0\r\n\r\n",
            "3;\u00e9\r\nabc\r\n0\r\n\r\n",
            "ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
            "10000000000000003\r\nabc\r\n0\r\n\r\n",
            "100000003\r\nabc\r\n0\r\n\r\n",
            "3,3\r\nabc\r\n0\r\n\r\n",
            "3\r\nabc\r\n0\r\n\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
            "0\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
            "3;" + "e".repeat(300) + "\r\nabc\r\n0\r\n\r\n",
            "1388\r\n" + "q".repeat(5000) + "\r\n0\r\n\r\n",
            "11170\r\n" + "q".repeat(70000) + "\r\n0\r\n\r\n")) {
      post("chunks", "Transfer-Encoding: chunked\r\n", body);
    }
  }

  private void trailers() {
    for (String trailer :
        List.of(
            "X-T: 1\r\n",
            "x-t: 1\r\nX-U: 2\r\n",
            "X-T: caf\u00c3\u00a9\r\n",
            "X-T:\r\n",
            "X-T : 1\r\n",
            " X-T: 1\r\n",
            "X-T\r\n",
            "X-T: 1\n",
            "X-T: 1\r\n folded\r\n",
            "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Host: other\r\n",
            "X-T: a\u0000b\r\n",
            "X-T: a\rb\r\n",
            "Connection: close\r\n",
            "Authorization: Basic eA==\r\n")) {
      post(
          "trailer",
          "Trailer: X-T\r\nTransfer-Encoding: chunked\r\n",
          "3\r\nabc\r\n0\r\n" + trailer + "\r\n");
    }
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

  private void expectations() {
    for (String expectation :
        List.of(
            "100-continue",
            "100-Continue",
            "100-continue, x",
            "x",
            "",
            "100-continue\r\nExpect: 100-continue")) {
      post("expect", "Expect: " + expectation + "\r\nContent-Length: 3\r\n", "abc");
      post(
          "expect",
          "Expect: " + expectation + "\r\nTransfer-Encoding: chunked\r\n",
          "3\r\nabc\r\n0\r\n\r\n");
      get("expect", "Expect: " + expectation + "\r\n");
    }
  }

  private void sizes() {
    for (int size : List.of(1000, 8000, 15000, 17000, 70000)) {
      get("size", "X-Long: " + "v".repeat(size) + "\r\n");
      add("size", "target " + size, "GET /" + "t".repeat(size) + " HTTP/1.1\r\n" + HOST + "\r\n");
    }
    get("size", "n".repeat(300) + ": 1\r\n");
    for (int count : List.of(50, 120, 140, 2100)) {
      get("size", "X: 1\r\n".repeat(count));
    }
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
