package dev.limpet.proxy.exchange;

import dev.limpet.http.client.Client;
import dev.limpet.proxy.affinity.ClientSession;
import dev.limpet.proxy.recording.RequestRecording;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.transport.loop.Loop;
import java.util.function.Consumer;

/**
 * The objects that all stages of one request to an upstream share. For the loop of the client's
 * connection.
 *
 * @param broken ends the request for what was thrown on its way; throws nothing
 */
record RequestContext(
    DataPlane plane,
    OutgoingRequest outgoing,
    ClientSession session,
    ClientReply reply,
    RequestRecording recording,
    Consumer<Throwable> broken) {

  Client client() {
    return outgoing.client();
  }

  Loop loop() {
    return outgoing.client().loop();
  }

  Upstream upstream() {
    return session.upstream();
  }
}
