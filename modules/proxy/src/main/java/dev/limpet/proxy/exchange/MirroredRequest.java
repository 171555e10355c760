package dev.limpet.proxy.exchange;

import akka.NotUsed;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.Backend;
import dev.limpet.balancing.HashKey;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.servers.RoutingSnapshot;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.upstream.Addresses;
import dev.limpet.proxy.upstream.ResponseHandler;
import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamPool;
import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a request, whose response is read and dropped. On the loop of the client's connection.
 */
final class MirroredRequest implements UpstreamPool.Borrower, ResponseHandler {

  /** Bytes of a response that may wait to be thrown away. */
  private static final int ROOM = 64 * 1024;

  private final DataPlane plane;
  private final Upstream upstream;
  private final OutgoingRequest original;
  private final ByteString body;
  private final Guarded<MirroredRequest> guarded = new Guarded<>(this, this::broken);
  private @Nullable Backend server;
  private boolean over;

  MirroredRequest(DataPlane plane, Upstream upstream, OutgoingRequest original, ByteString body) {
    this.plane = plane;
    this.upstream = upstream;
    this.original = original;
    this.body = body;
  }

  /** Sends it, unless there is no server with room for it: nothing waits for a copy. */
  void begin() {
    if (!upstream.mirrored().tryBegin()) {
      return;
    }
    RoutingSnapshot snapshot = upstream.snapshot();
    server = snapshot.take(HashKey.NONE, Set.of());
    Addresses addresses = server == null ? null : snapshot.addresses().get(server);
    if (addresses == null) {
      lose();
      return;
    }
    plane
        .connections(original.client().loop())
        .pool(addresses, upstream.settings(), upstream.tls())
        .acquire(guarded);
  }

  @Override
  public void onConnection(UpstreamConnection ready) {
    HttpHeaders headers = original.headers(upstream);
    headers.remove(HttpHeaderNames.EXPECT);
    headers.remove(HttpHeaderNames.TRAILER);
    if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
      headers.set(HttpHeaderNames.CONTENT_LENGTH, body.size());
    }
    ready.send(
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            original.method(),
            original.target(),
            Unpooled.wrappedBuffer(body.asByteBuffer()),
            headers,
            EmptyHttpHeaders.INSTANCE),
        guarded);
  }

  @Override
  public void onInterim(HttpResponse head) {}

  @Override
  public void onHead() {}

  @Override
  public boolean isRepeatable() {
    return false;
  }

  @Override
  public boolean needsBody(HttpResponse head) {
    return false;
  }

  @Override
  public void onResponse(HttpResponse head, ByteString dropped) {
    upstream.mirrored().answer();
  }

  /** Reads it for as long as a server may be silent: a stream of events would never end. */
  @Override
  public void onStreamedResponse(HttpResponse head, Source<ByteString, NotUsed> dropped) {
    upstream.mirrored().answer();
    dropped
        .takeWithin(upstream.settings().timeouts().idle())
        .runWith(Sink.ignore(), original.materializer());
  }

  @Override
  public void onUpgrade(HttpResponse head, TunnelEnd unwanted) {
    unwanted.close();
    lose();
  }

  /** Not the client's: it may have gone. */
  @Override
  public LoopMemory.Charge charge() {
    return original.client().loop().memory().charge();
  }

  @Override
  public int bodyRoom() {
    return ROOM;
  }

  @Override
  public void bodyWaits(int bytes) {}

  @Override
  public void onBodyEnd(long bytes, @Nullable Failure failure) {}

  @Override
  public void onFailure(Failure failure) {
    if (server != null && failure.replay() == Failure.Replay.ALWAYS) {
      plane.cluster().reportUnreachable(server.id());
    }
    lose();
  }

  @Override
  public void onEnd() {
    if (over) {
      return;
    }
    over = true;
    if (server != null) {
      upstream.queue().end(server);
      server = null;
    }
    upstream.mirrored().end();
  }

  /** Ends it for what was thrown on its way. */
  void broken(Throwable thrown) {
    original.client().loop().faults().caught("a copy of a request", thrown);
    if (!over) {
      lose();
    }
  }

  private void lose() {
    upstream.mirrored().lose();
    onEnd();
  }
}
