package dev.limpet.proxy.exactness;

import java.util.List;

/** Bodies of responses, and what frames them. */
final class ResponseBodies {

  private final ResponseCorpus corpus;

  private ResponseBodies(ResponseCorpus corpus) {
    this.corpus = corpus;
  }

  static void addTo(ResponseCorpus corpus) {
    ResponseBodies family = new ResponseBodies(corpus);
    family.lengths();
    family.codings();
    family.chunks();
    family.trailers();
    family.closeDelimited();
  }

  private void lengths() {
    for (String lines :
        List.of(
            "Content-Length: 3",
            "content-length:3",
            "Content-Length:  3  ",
            "Content-Length: 03",
            "Content-Length: +3",
            "Content-Length: -3",
            "Content-Length: 0x3",
            "Content-Length: 3,3",
            "Content-Length: 3, 3",
            "Content-Length: 3,4",
            "Content-Length: 3 3",
            "Content-Length:",
            "Content-Length: x",
            "Content-Length: 3x",
            "Content-Length: 3.0",
            "Content-Length: 99999999999999999999",
            "Content-Length: 2",
            "Content-Length: 4",
            "Content-Length: 0",
            "Content-Length: 3\r\nContent-Length: 3",
            "Content-Length: 3\r\nContent-Length: 2",
            "Content-Length: 2\r\nContent-Length: 3",
            "Content-Length : 3",
            " Content-Length: 3",
            "X: y\r\n Content-Length: 2",
            "Content-Length: 100000")) {
      corpus.add("length", lines, "HTTP/1.1 200 OK\r\n" + lines + "\r\n\r\nabc");
    }
    corpus.add(
        "length", "big", "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + "b".repeat(70000));
    corpus.add(
        "length",
        "big and cut off",
        "HTTP/1.1 200 OK\r\nContent-Length: 70001\r\n\r\n" + "b".repeat(70000));
    corpus.add(
        "length",
        "another behind",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\n\r\n");
    corpus.add("length", "rubbish behind", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef");
  }

  private void codings() {
    for (String coding :
        List.of(
            "chunked",
            "CHUNKED",
            " chunked ",
            "chunked,",
            "chunked, chunked",
            "identity",
            "gzip",
            "gzip, chunked",
            "chunked, gzip",
            "xchunked",
            "chunked\u0000",
            "",
            "chunked\r\nTransfer-Encoding: chunked",
            "identity, chunked",
            "chunked;q=1")) {
      corpus.add(
          "coding",
          coding,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + coding + "\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    }
    for (String length : List.of("3", "0", "13", "14")) {
      corpus.add(
          "both",
          length,
          "HTTP/1.1 200 OK\r\nContent-Length: "
              + length
              + "\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
      corpus.add(
          "both",
          "coding first, " + length,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: "
              + length
              + "\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    }
    corpus.add(
        "coding",
        "1.0",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  }

  private void chunks() {
    for (String body :
        List.of(
            "0\r\n\r\n",
            "3\r\nabc\r\n0\r\n\r\n",
            "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
            "A\r\n0123456789\r\n0\r\n\r\n",
            "003\r\nabc\r\n000\r\n\r\n",
            "3;x=y\r\nabc\r\n0\r\n\r\n",
            "3;x=\"y\"\r\nabc\r\n0;z\r\n\r\n",
            "3 \r\nabc\r\n0\r\n\r\n",
            " 3\r\nabc\r\n0\r\n\r\n",
            "+3\r\nabc\r\n0\r\n\r\n",
            "-3\r\nabc\r\n0\r\n\r\n",
            "0x3\r\nabc\r\n0\r\n\r\n",
            "g\r\nabc\r\n0\r\n\r\n",
            "\r\nabc\r\n0\r\n\r\n",
            "3\nabc\n0\n\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "2\r\nabc\r\n0\r\n\r\n",
            "3\r\nabc0\r\n\r\n",
            "3\r\nabc\r\n0\r\n",
            "3\r\nabc\r\n",
            "3\r\nab",
            "3",
            "",
            "ffffffffffffffffff\r\nabc\r\n0\r\n\r\n",
            "80000000\r\nabc\r\n0\r\n\r\n",
            "100000003\r\nabc\r\n0\r\n\r\n",
            "3;a\u0000b\r\nabc\r\n0\r\n\r\n",
            "3;a\rb\r\nabc\r\n0\r\n\r\n",
            "3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            "3\r\nabc\r\n0\r\n\r\nrubbish",
            "11170\r\n" + "c".repeat(70000) + "\r\n0\r\n\r\n")) {
      corpus.add("chunks", body, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
    }
  }

  private void trailers() {
    for (String trailer :
        List.of(
            "X-T: 1\r\n",
            "x-t: 1\r\nX-U: 2\r\nx-t: 3\r\n",
            "X-T: caf\u00c3\u00a9\r\n",
            "X-T:\r\n",
            "X-T : 1\r\n",
            "X-T\r\n",
            "X-T: a\u0000b\r\n",
            "X-T: a\rb\r\n",
            "X-T: 1\r\n folded\r\n",
            "Server-Timing: a;dur=1\r\n",
            "Content-Length: 5\r\n",
            "Set-Cookie: a=1\r\n")) {
      for (String body : List.of("3\r\nabc\r\n", "", "11170\r\n" + "c".repeat(70000) + "\r\n")) {
        corpus.add(
            "trailer",
            body.length() + " " + trailer,
            "HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n"
                + body
                + "0\r\n"
                + trailer
                + "\r\n");
      }
    }
  }

  private void closeDelimited() {
    for (String body : List.of("", "abc", "d".repeat(70000), "3\r\nabc\r\n0\r\n\r\n")) {
      corpus.add("close-delimited", "1.1 " + body, "HTTP/1.1 200 OK\r\n\r\n" + body);
      corpus.add("close-delimited", "1.0 " + body, "HTTP/1.0 200 OK\r\n\r\n" + body);
      corpus.add(
          "close-delimited",
          "close " + body,
          "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body);
    }
    corpus.add("http10", "length", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    corpus.add(
        "http10",
        "keep-alive",
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc");
  }
}
