package dev.limpet.e2e.affinity.site;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What ties a client to its backend. Each kind has an upstream of its own, with the same servers.
 */
public sealed interface ClientKind {

  List<ClientKind> ALL =
      List.of(
          new Cookie("cookie", "limpet", "by = [ cookie ]"),
          new Cookie(
              "learn", "app.sid", "by = [ learn ], learn { cookies = [ app.sid ], ttl = 1h }"),
          new Header("header", "x-session"),
          new Query("query", "session"),
          new SocketIo("socket-io"));

  /** The upstream's, and the first part of the path. */
  String name();

  /** What the upstream's section {@code affinity} holds. */
  String settings();

  byte[] request(@Nullable String token);

  /** The token that a new client makes itself; null: it waits to be told. */
  @Nullable String token(SplittableRandom random);

  /** The token that a response gives; null: none. */
  @Nullable String told(HttpConnection.Response response);

  /** A cookie that Limpet sets, or the application. */
  record Cookie(String name, String cookie, String settings) implements ClientKind {

    @Override
    public byte[] request(@Nullable String token) {
      String header = token == null ? "" : "Cookie: " + cookie + "=" + token + "\r\n";
      return HttpConnection.request("/" + name + "/", header);
    }

    @Override
    public @Nullable String token(SplittableRandom random) {
      return null;
    }

    @Override
    public @Nullable String told(HttpConnection.Response response) {
      return response.cookie(cookie);
    }
  }

  record Header(String name, String header) implements ClientKind {

    @Override
    public String settings() {
      return "by = [ header ], header { name = " + header + ", ttl = 1h }";
    }

    @Override
    public byte[] request(@Nullable String token) {
      return HttpConnection.request("/" + name + "/", header + ": " + token + "\r\n");
    }

    @Override
    public String token(SplittableRandom random) {
      return Long.toHexString(random.nextLong());
    }

    @Override
    public @Nullable String told(HttpConnection.Response response) {
      return null;
    }
  }

  record Query(String name, String parameter) implements ClientKind {

    @Override
    public String settings() {
      return "by = [ query ], query { name = " + parameter + ", ttl = 1h }";
    }

    @Override
    public byte[] request(@Nullable String token) {
      return HttpConnection.request("/" + name + "/?" + parameter + "=" + token, "");
    }

    @Override
    public String token(SplittableRandom random) {
      return Long.toHexString(random.nextLong());
    }

    @Override
    public @Nullable String told(HttpConnection.Response response) {
      return null;
    }
  }

  /** Long-polling without cookies: the handshake's answer has the id, later requests show it. */
  record SocketIo(String name) implements ClientKind {

    @Override
    public String settings() {
      return "by = [ socket-io ], socket-io { ttl = 1h }";
    }

    @Override
    public byte[] request(@Nullable String token) {
      String sid = token == null ? "" : "&sid=" + token;
      return HttpConnection.request("/" + name + "/?EIO=4&transport=polling" + sid, "");
    }

    @Override
    public @Nullable String token(SplittableRandom random) {
      return null;
    }

    @Override
    public @Nullable String told(HttpConnection.Response response) {
      return response.header("x-sid");
    }
  }
}
