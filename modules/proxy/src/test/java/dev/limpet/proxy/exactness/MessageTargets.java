package dev.limpet.proxy.exactness;

import static dev.limpet.proxy.exactness.MessageCorpus.HOST;

import dev.limpet.proxy.exactness.MessageCorpus.Line;
import java.util.List;

/** Methods, targets and authorities of requests. */
final class MessageTargets {

  private final MessageCorpus corpus;

  private MessageTargets(MessageCorpus corpus) {
    this.corpus = corpus;
  }

  static void addTo(MessageCorpus corpus) {
    MessageTargets family = new MessageTargets(corpus);
    family.methods();
    family.targets();
    family.authorities();
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
      corpus.add("method", method, method, "/x", HOST, List.of(), null);
      corpus.add(
          "method-empty", method, method, "/x", HOST, List.of(new Line("content-length", "0")), "");
      corpus.add("method-unmeasured", method, method, "/x", HOST, List.of(), "");
      corpus.add(
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
      corpus.add("target", target, "GET", target, HOST, List.of(), null);
    }
    corpus.add("target", "options *", "OPTIONS", "*", HOST, List.of(), null);
    corpus.add("target", "options **", "OPTIONS", "**", HOST, List.of(), null);
    corpus.add("target", "connect", "CONNECT", "/", HOST, List.of(), null);
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
      corpus.add("authority", authority, "GET", "/x", authority, List.of(), null);
    }
    corpus.add("authority", "none", "GET", "/x", null, List.of(), null);
  }
}
