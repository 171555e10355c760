package dev.limpet.proxy.recording;

import org.jspecify.annotations.Nullable;

/**
 * A tunnel that a request has become: it may stand for days, and holds no more of the request than
 * somebody wants to know at its end.
 */
public final class TunnelRecording {

  private final UpstreamMeter upstream;
  private final RouteMeter route;
  private final @Nullable ServerMeter server;

  /** Null where nobody wants a record of the end. */
  private final @Nullable RequestRecording request;

  TunnelRecording(
      UpstreamMeter upstream,
      RouteMeter route,
      @Nullable ServerMeter server,
      @Nullable RequestRecording request) {
    this.upstream = upstream;
    this.route = route;
    this.server = server;
    this.request = request;
    upstream.tunnelsBegun.increment();
  }

  /** To be called once, on the loop. */
  public void ended(long bytesFromClient, long bytesToClient) {
    upstream.tunnelsEnded.increment();
    route.requestBytes.add(bytesFromClient);
    route.responseBytes.add(bytesToClient);
    if (server != null) {
      server.sentBytes.add(bytesFromClient);
      server.receivedBytes.add(bytesToClient);
    }
    if (request != null) {
      request.tunnelEnded(bytesFromClient, bytesToClient);
    }
  }
}
