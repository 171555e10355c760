package dev.limpet.proxy.exactness;

import java.util.List;

/** Bodies of requests, and what frames them. */
final class RequestBodies {

  private final RequestCorpus corpus;

  private RequestBodies(RequestCorpus corpus) {
    this.corpus = corpus;
  }

  static void addTo(RequestCorpus corpus) {
    RequestBodies family = new RequestBodies(corpus);
    family.lengths();
    family.transferEncodings();
    family.conflicts();
    family.chunks();
    family.trailers();
    family.expectations();
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
      corpus.post("length", "Content-Length: " + length + "\r\n", "abc");
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
      corpus.post("length", lines, "abc");
    }
    corpus.post("length", "Content-Length: 40\r\n", "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    corpus.post(
        "length", "Content-Length: 0\r\n", "GET /second HTTP/1.1\r\nHost: app.example\r\n\r\n");
    corpus.post("length", "", "GET /second HTTP/1.1\r\nHost: app.example\r\n\r\n");
    corpus.post("length", "Content-Length: 70000\r\n", "z".repeat(70000));
    corpus.post("length", "Content-Length: 70001\r\n", "z".repeat(70000));
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
      corpus.post("coding", "Transfer-Encoding: " + coding + "\r\n", body);
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
      corpus.post("coding", lines, body);
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
        corpus.post(
            "both",
            "Content-Length: " + length + "\r\nTransfer-Encoding: " + coding + "\r\n",
            smuggled);
        corpus.post(
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
      corpus.post("chunks", "Transfer-Encoding: chunked\r\n", body);
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
      corpus.post(
          "trailer",
          "Trailer: X-T\r\nTransfer-Encoding: chunked\r\n",
          "3\r\nabc\r\n0\r\n" + trailer + "\r\n");
    }
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
      corpus.post("expect", "Expect: " + expectation + "\r\nContent-Length: 3\r\n", "abc");
      corpus.post(
          "expect",
          "Expect: " + expectation + "\r\nTransfer-Encoding: chunked\r\n",
          "3\r\nabc\r\n0\r\n\r\n");
      corpus.get("expect", "Expect: " + expectation + "\r\n");
    }
  }
}
