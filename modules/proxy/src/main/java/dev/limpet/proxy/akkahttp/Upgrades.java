package dev.limpet.proxy.akkahttp;

import akka.NotUsed;
import akka.http.impl.engine.server.UpgradeToOtherProtocolResponseHeader;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.headers.Connection;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import java.util.List;

/** Turns a client's connection into a tunnel behind a 101 response (RFC 9110, 7.8). */
public final class Upgrades {

  private Upgrades() {}

  /** The headers that make Akka HTTP hand the connection's bytes to {@code tunnel}. */
  public static List<HttpHeader> headers(Flow<ByteString, ByteString, NotUsed> tunnel) {
    return List.of(
        Connection.create("upgrade"),
        new UpgradeToOtherProtocolResponseHeader(tunnel.<Object>mapMaterializedValue(unused -> unused).asScala()));
  }
}
