package dev.limpet.proxy.exchange;

import akka.http.javadsl.model.HttpEntity;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.model.settings.route.Action;
import dev.limpet.proxy.message.Headers;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.transport.loop.Loop;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Copies one request to another upstream, once the whole of it has been written to its own server.
 * The fate of the copy touches nothing else. On the loop of the client's connection.
 */
final class Mirror {

  private final DataPlane plane;
  private final Upstream upstream;
  private final OutgoingRequest original;
  private final long maxBody;
  private ByteString body = ByteString.emptyByteString();
  private boolean done;

  private Mirror(DataPlane plane, Upstream upstream, OutgoingRequest original, long maxBody) {
    this.plane = plane;
    this.upstream = upstream;
    this.original = original;
    this.maxBody = maxBody;
  }

  /** Null for a request that is not to be copied. */
  static @Nullable Mirror of(
      Action.Mirror settings, DataPlane plane, Upstream upstream, OutgoingRequest original) {
    if (ThreadLocalRandom.current().nextDouble() >= settings.share()
        || Headers.upgrade(original.request()) != null) {
      return null;
    }
    if (original.request().entity().getContentLengthOption().orElse(0) > settings.maxBody()) {
      upstream.mirrored().lose();
      return null;
    }
    return new Mirror(plane, upstream, original, settings.maxBody());
  }

  /**
   * The request has gone to its server with this body; it may do so more than once. The copy
   * follows by itself, so that no fault of it is the request's.
   */
  void send(ByteString whole) {
    if (!done) {
      done = true;
      MirroredRequest copy = new MirroredRequest(plane, upstream, original, whole);
      Loop loop = original.client().loop();
      loop.execute(copy::begin, copy::broken);
    }
  }

  /** The same bytes, which are kept on their way. */
  Source<ByteString, ?> of(Source<ByteString, ?> bytes) {
    HttpEntity entity = original.request().entity();
    long length = entity.getContentLengthOption().orElse(-1);
    boolean endMarked = length < 0 && !Headers.isHttp2(original.request());
    Source<ByteString, ?> kept =
        bytes.map(
            part -> {
              keep(part);
              if (endMarked ? part.isEmpty() : body.size() == length) {
                send(body);
              }
              return part;
            });
    // Where nothing else tells, the end of the stream is that of the body.
    return length < 0 && !endMarked ? kept.concatLazy(Source.lazySource(this::ended)) : kept;
  }

  private void keep(ByteString part) {
    if (!done && body.size() + part.size() > maxBody) {
      done = true;
      body = ByteString.emptyByteString();
      upstream.mirrored().lose();
    }
    if (!done) {
      body = body.concat(part);
    }
  }

  private Source<ByteString, ?> ended() {
    send(body);
    return Source.empty();
  }
}
