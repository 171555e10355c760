package dev.limpet.proxy.recording;

import dev.limpet.model.settings.AffinityRule;

/** By what a client's session was known, or is from now on; the settings' words. */
enum SessionRule {
  COOKIE("cookie"),
  LEARN("learn"),
  ROUTE("route"),
  HEADER("header"),
  QUERY("query"),
  SOCKET_IO("socket-io"),
  IP("ip");

  private final String word;

  SessionRule(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  static SessionRule of(AffinityRule rule) {
    return switch (rule) {
      case AffinityRule.Cookie cookie -> COOKIE;
      case AffinityRule.Learn learn -> LEARN;
      case AffinityRule.Route route -> ROUTE;
      case AffinityRule.Header header -> HEADER;
      case AffinityRule.Query query -> QUERY;
      case AffinityRule.SocketIo socketIo -> SOCKET_IO;
      case AffinityRule.Ip ip -> IP;
    };
  }
}
