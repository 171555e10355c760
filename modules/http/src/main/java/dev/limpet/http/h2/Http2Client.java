package dev.limpet.http.h2;

import akka.http.impl.engine.http2.FrameEvent;
import dev.limpet.http.client.Client;
import dev.limpet.http.h2.frame.FrameScanner;
import dev.limpet.http.h2.frame.Http2Error;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The state that the stages of one HTTP/2 connection share. On the connection's loop. */
final class Http2Client {

  private final Client client;
  private final ClientStreams streams;
  private final FrameScanner scanner;
  private final CutOffs cutOffs;

  /** Requests by their streams, until the stream has come to its end. */
  private final Map<Integer, StreamRequest> requests = new HashMap<>();

  private Runnable leave = () -> {};
  private @Nullable Frames frames;

  Http2Client(Client client, ClientStreams streams, FrameScanner scanner, CutOffs cutOffs) {
    this.client = client;
    this.streams = streams;
    this.scanner = scanner;
    this.cutOffs = cutOffs;
    streams.onEnd(requests::remove);
  }

  Client client() {
    return client;
  }

  ClientStreams streams() {
    return streams;
  }

  FrameScanner scanner() {
    return scanner;
  }

  Collection<StreamRequest> requests() {
    return requests.values();
  }

  void add(int stream, StreamRequest request) {
    requests.put(stream, request);
  }

  /** The stream has been given up, and nobody waits for its response. */
  void cancel(int stream) {
    StreamRequest request = requests.remove(stream);
    if (request != null) {
      request.cancel();
    }
  }

  /**
   * @param action tells the client to open no more streams, and ends the connection after the last
   */
  void onLeave(Runnable action) {
    leave = action;
  }

  /** Tells the client to open no more streams. */
  void leave() {
    leave.run();
  }

  /**
   * @param outlet of the frames that go past Akka HTTP
   */
  void onFrames(Frames outlet) {
    frames = outlet;
  }

  Frames frames() {
    return Objects.requireNonNull(frames, "set before the first request");
  }

  /** The client has broken a rule of HTTP/2. */
  void broke(Http2Error rule, String how) {
    client.sentNonsense("HTTP/2 " + rule + ", " + how);
  }

  /** The client went too far, and is sent its GOAWAY next. */
  void cutOff(String why) {
    cutOffs.add(client, why);
  }

  /** The way to the client past Akka HTTP. */
  interface Frames {

    void interim(FrameEvent.ParsedHeadersFrame headers);

    void reset(int stream);

    /**
     * Resets a tunnel's stream once all has been sent to its client: what that sends is not wanted.
     */
    void endTunnel(int stream);

    /** Ends the connection with a GOAWAY. */
    void end(Http2Error error);

    /** Resets a stream when so many bytes of its response have been sent. */
    void breakOff(int stream, long bytes);
  }
}
