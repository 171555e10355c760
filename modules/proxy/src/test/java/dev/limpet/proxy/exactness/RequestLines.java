package dev.limpet.proxy.exactness;

import static dev.limpet.proxy.exactness.RequestCorpus.HOST;

import java.util.List;

/** What a request line is made of: method, target and version. */
final class RequestLines {

  private final RequestCorpus corpus;

  private RequestLines(RequestCorpus corpus) {
    this.corpus = corpus;
  }

  static void addTo(RequestCorpus corpus) {
    RequestLines family = new RequestLines(corpus);
    family.methods();
    family.targets();
    family.requestLines();
    family.versions();
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
      corpus.add("method", method, method + " /x HTTP/1.1\r\n" + HOST + "\r\n");
    }
    for (String method :
        List.of("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE", "SEARCH", "FOO")) {
      corpus.add(
          "method-with-body",
          method,
          method + " /x HTTP/1.1\r\n" + HOST + "Content-Length: 3\r\n\r\nabc");
    }
    corpus.add("method", "HEAD", "HEAD /x HTTP/1.1\r\n" + HOST + "\r\n");
    corpus.add(
        "method", "connect with authority", "CONNECT app.example:443 HTTP/1.1\r\n" + HOST + "\r\n");
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
      corpus.add("target", target, "GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n");
    }
    corpus.add("target", "options asterisk", "OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n");
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
      corpus.add("request-line", line, line + HOST + "\r\n");
    }
    corpus.add(
        "request-line", "tls hello", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc");
    corpus.add("request-line", "cut off", "GET /x HTTP/1.1\r\nHost: app.exa");
    corpus.add("request-line", "nothing", "");
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
      corpus.add("version", version, "GET /x " + version + "\r\n" + HOST + "\r\n");
    }
    for (String lines :
        List.of(
            "",
            "Connection: keep-alive\r\n",
            "Connection: close\r\n",
            "Host: app.example\r\n",
            "Expect: 100-continue\r\n")) {
      corpus.add("http10", lines, "GET /x HTTP/1.0\r\n" + lines + "\r\n");
      corpus.add(
          "http10-body", lines, "POST /x HTTP/1.0\r\n" + lines + "Content-Length: 3\r\n\r\nabc");
    }
    corpus.add(
        "http10-body",
        "chunked",
        "POST /x HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    corpus.add(
        "http10",
        "keep-alive, then another",
        "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    corpus.add("http10", "close, then another", "GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    corpus.add("version", "http2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  }
}
