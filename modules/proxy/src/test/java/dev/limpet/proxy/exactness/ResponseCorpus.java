package dev.limpet.proxy.exactness;

import java.util.ArrayList;
import java.util.List;

/** Raw responses: well-formed, odd and broken. The connection closes behind each. */
final class ResponseCorpus {

  /**
   * @param name family and variant
   * @param bytes one char each
   */
  record Case(String name, String method, String bytes) {}

  private final List<Case> cases = new ArrayList<>();

  private ResponseCorpus() {}

  static List<Case> all() {
    ResponseCorpus corpus = new ResponseCorpus();
    corpus.statuses();
    corpus.statusLines();
    corpus.headerForms();
    ResponseBodies.addTo(corpus);
    corpus.interims();
    corpus.heads();
    corpus.sizes();
    return corpus.cases;
  }

  /** The response to a GET. */
  void add(String family, String variant, String bytes) {
    cases.add(new Case(family + "/" + RequestCorpus.visible(variant), "GET", bytes));
  }

  private void head(String variant, String bytes) {
    cases.add(new Case("head/" + RequestCorpus.visible(variant), "HEAD", bytes));
  }

  private void statuses() {
    for (int status :
        List.of(
            200, 201, 202, 203, 206, 207, 208, 226, 299, 300, 301, 302, 303, 304, 305, 307, 308,
            399, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415,
            416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 444, 451, 499, 500, 501,
            502, 503, 504, 505, 506, 507, 508, 510, 511, 520, 599, 600, 799, 999)) {
      add(
          "status",
          status + "",
          "HTTP/1.1 " + status + " Some Reason\r\nContent-Length: 3\r\n\r\nabc");
    }
    for (int status : List.of(204, 205, 304)) {
      for (String framing :
          List.of(
              "\r\n",
              "Content-Length: 0\r\n\r\n",
              "Content-Length: 3\r\n\r\n",
              "Content-Length: 3\r\n\r\nabc",
              "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
              "\r\nabc")) {
        add(
            "no-body",
            status + " " + framing,
            "HTTP/1.1 " + status + " X\r\nETag: \"a\"\r\n" + framing);
      }
    }
  }

  private void statusLines() {
    for (String line :
        List.of(
            "HTTP/1.1 200 OK",
            "HTTP/1.1 200",
            "HTTP/1.1 200 ",
            "HTTP/1.1 200 All  is   well",
            "HTTP/1.1 200 ok",
            "HTTP/1.1 200 \u00fc\u00e9",
            "HTTP/1.1 200 caf\u00c3\u00a9",
            "HTTP/1.1 200 a\tb",
            "HTTP/1.1 200 a\u0000b",
            "HTTP/1.1 200 a\u0001b",
            "HTTP/1.1 200 a\rb",
            "HTTP/1.1 404 OK",
            "HTTP/1.1  200 OK",
            "HTTP/1.1 200  OK",
            "HTTP/1.1\t200 OK",
            " HTTP/1.1 200 OK",
            "HTTP/1.1 20 OK",
            "HTTP/1.1 2000 OK",
            "HTTP/1.1 abc OK",
            "HTTP/1.1 +20 OK",
            "HTTP/1.1 099 OK",
            "HTTP/1.1 0 OK",
            "HTTP/1.1 -1 OK",
            "HTTP/1.1",
            "HTTP/1.1 ",
            "HTTP/1.0 200 OK",
            "HTTP/1.2 200 OK",
            "HTTP/2.0 200 OK",
            "HTTP/0.9 200 OK",
            "HTTP/11 200 OK",
            "http/1.1 200 OK",
            "HTTP 200 OK",
            "ICY 200 OK",
            "200 OK",
            "",
            "garbage",
            "\r\nHTTP/1.1 200 OK",
            "HTTP/1.1 200 " + "r".repeat(400))) {
      add("status-line", line, line + "\r\nContent-Length: 3\r\n\r\nabc");
    }
    add("status-line", "bare LF", "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc");
    add("status-line", "cut off", "HTTP/1.1 200 O");
    add("status-line", "nothing", "");
  }

  private void headerForms() {
    for (String line :
        List.of(
            "X-A: 1",
            "x-a:1",
            "X-A:  1  ",
            "X-A:\t1\t",
            "X-A:",
            "X-A: a\tb",
            "X-A: a  b",
            "X-A : 1",
            " X-A: 1",
            "X-A",
            ": 1",
            "X A: 1",
            "X-A(: 1",
            "X\u00c4: 1",
            "X-A: \u00e9",
            "X-A: caf\u00c3\u00a9",
            "X-A: \u00ff\u0080",
            "X-A: \u00c3",
            "X-A: a\u0000b",
            "X-A: a\u0001b",
            "X-A: a\u007fb",
            "X-A: a\rb",
            "X-A: 1\nX-B: 2",
            "X-A: 1\r\n folded",
            "X-A: 1\r\n\tfolded",
            "X-A: 1\r\r\nX-B: 2",
            "X-A: 1\r\nX-A: 2",
            "X-A: 1\r\nx-a: 2\r\nX-B: 3\r\nX-a: 4",
            "Set-Cookie: a=1",
            "set-cookie: a=1; Path=/",
            "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nSet-Cookie: a=3",
            "Content-Type: TEXT/html;charset=X",
            "Content-Type: nonsense",
            "Content-Type:",
            "content-type: a/b",
            "Content-Type: a/b\r\nContent-Type: c/d",
            "Content-Encoding: GZIP",
            "Server: x/1 (y)",
            "server: z",
            "Server: a\r\nServer: b",
            "X-Powered-By: Express",
            "Date: Sun, 06 Nov 1994 08:49:37 GMT",
            "Location: /a b|c",
            "Location: http://[",
            "Location:",
            "ETag: W/\"x\"",
            "Via: 1.1 x",
            "Age: 1",
            "Vary: *",
            "Allow: GET,,POST",
            "WWW-Authenticate: Basic realm=\"x\"",
            "WWW-Authenticate: A\r\nWWW-Authenticate: B",
            "Retry-After: soon",
            "Link: </a>; rel=preload",
            "Trailer: X",
            "Alt-Svc: h3=\":443\"",
            "Strict-Transport-Security: max-age=1",
            "Accept-Ranges: bytes",
            "Refresh: 1",
            "Content-Range: bytes 0-2/3",
            "Content-Disposition: attachment; filename=\"\u00e9\"",
            "Connection: close",
            "Connection: keep-alive",
            "Connection: X-A\r\nX-A: 1",
            "Connection: upgrade",
            "Connection: close\r\nConnection: X-A\r\nX-A: 1",
            "Keep-Alive: timeout=5",
            "Upgrade: websocket",
            "Proxy-Connection: x",
            "Proxy-Authenticate: Basic",
            "TE: x")) {
      add("header", line, "HTTP/1.1 200 OK\r\n" + line + "\r\nContent-Length: 3\r\n\r\nabc");
    }
  }

  private void interims() {
    String last = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    for (String interim :
        List.of(
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n",
            "HTTP/1.1 102 Processing\r\n\r\n",
            "HTTP/1.1 199 Odd\r\nX-A: caf\u00e9\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nX A: 1\r\n\r\n")) {
      add("interim", interim, interim + last);
    }
    add("interim", "alone", "HTTP/1.1 103 Early Hints\r\n\r\n");
    add(
        "interim",
        "unasked 101",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  }

  private void heads() {
    head("length", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nX-A: 1\r\n\r\n");
    head("length 0", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    head("big length", "HTTP/1.1 200 OK\r\nContent-Length: 123456789\r\n\r\n");
    head("chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n");
    head("neither", "HTTP/1.1 200 OK\r\n\r\n");
    head("404", "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n");
    head("304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: \"x\"\r\n\r\n");
    head("204", "HTTP/1.1 204 No Content\r\n\r\n");
    head("with a body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
  }

  private void sizes() {
    for (int size : List.of(1000, 8000, 15000)) {
      add(
          "size",
          "header " + size,
          "HTTP/1.1 200 OK\r\nX-Long: " + "v".repeat(size) + "\r\nContent-Length: 0\r\n\r\n");
    }
    add(
        "size",
        "header 70000",
        "HTTP/1.1 200 OK\r\nX-Long: " + "v".repeat(70000) + "\r\nContent-Length: 0\r\n\r\n");
    add(
        "size",
        "headers",
        "HTTP/1.1 200 OK\r\n" + "X-Many: 1\r\n".repeat(500) + "Content-Length: 0\r\n\r\n");
    add(
        "size",
        "name",
        "HTTP/1.1 200 OK\r\n" + "n".repeat(500) + ": 1\r\nContent-Length: 0\r\n\r\n");
  }
}
