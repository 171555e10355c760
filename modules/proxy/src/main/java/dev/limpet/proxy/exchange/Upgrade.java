package dev.limpet.proxy.exchange;

import akka.http.javadsl.model.HttpHeader;
import dev.limpet.http.client.Client;
import dev.limpet.http.client.ExtendedConnect;
import dev.limpet.proxy.message.Responses;
import dev.limpet.proxy.recording.RequestRecording;
import dev.limpet.proxy.recording.TunnelRecording;
import dev.limpet.transport.tunnel.TunnelEnd;
import dev.limpet.transport.tunnel.TunnelSide;
import dev.limpet.transport.tunnel.Tunnels;
import io.netty.handler.codec.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Makes a tunnel of a client's connection, or its stream, and a server's connection. The tunnel
 * takes all that it needs with it: it may stand for days, the streams must not.
 *
 * @param idle after so long without a byte, the tunnel ends
 * @param end runs once, when the server has nothing more to do with it
 */
record Upgrade(
    Client client, Tunnels tunnels, Duration idle, RequestRecording recording, Runnable end) {

  /**
   * @param head the server's agreement
   * @param added header lines of our own
   */
  void join(TunnelEnd server, HttpResponse head, List<HttpHeader> added) {
    // Not by way of this record, which holds the client and with it the streams.
    Runnable done = end;
    RequestRecording request = recording;
    Tunnels carriers = tunnels;
    Duration patience = idle;
    Consumer<TunnelSide> begin =
        ofClient -> {
          TunnelRecording tunnel = request.upgraded();
          carriers.join(
              ofClient,
              server,
              patience,
              (toServer, toClient) -> {
                done.run();
                tunnel.ended(toServer, toClient);
              });
        };
    Runnable onClientGone =
        () -> {
          request.abandoned();
          server.close();
          done.run();
        };
    ExtendedConnect stream = client.connect();
    if (stream != null) {
      stream.agree(Responses.tunnelled(head, added), begin, onClientGone);
      return;
    }
    client.upgrade(
        ofClient -> {
          if (ofClient == null) {
            onClientGone.run();
          } else {
            ofClient.write(Responses.upgraded(head, added));
            begin.accept(ofClient);
          }
        });
  }
}
