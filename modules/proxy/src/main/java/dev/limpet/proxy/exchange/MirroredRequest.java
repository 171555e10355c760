package dev.limpet.proxy.exchange;

import akka.NotUsed;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.balancing.HashKey;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.servers.Slot;
import dev.limpet.proxy.servers.Upstream;
import dev.limpet.proxy.upstream.Addresses;
import dev.limpet.proxy.upstream.UpstreamConnection;
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
final class MirroredRequest extends FaultBarrier {

  /** Bytes of a response that may wait to be thrown away. */
  private static final int ROOM = 64 * 1024;

  private final DataPlane plane;
  private final Upstream upstream;
  private final OutgoingRequest original;
  private final ByteString body;
  private @Nullable Slot slot;
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
    slot = upstream.takeSlot(HashKey.NONE, Set.of());
    Addresses addresses = slot == null ? null : upstream.snapshot().addresses().get(slot.backend());
    if (addresses == null) {
      lose();
      return;
    }
    plane
        .connections(original.client().loop())
        .pool(addresses, upstream.settings(), upstream.tls())
        .acquire(this);
  }

  @Override
  void connected(UpstreamConnection ready) {
    HttpHeaders headers = original.headers(upstream, "");
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
        this);
  }

  @Override
  void answered(HttpResponse head, ByteString dropped) {
    upstream.mirrored().answer();
  }

  /** Reads it for as long as a server may be silent: a stream of events would never end. */
  @Override
  void answersWithStream(HttpResponse head, Source<ByteString, NotUsed> dropped) {
    upstream.mirrored().answer();
    dropped
        .takeWithin(upstream.settings().timeouts().idle())
        .runWith(Sink.ignore(), original.materializer());
  }

  @Override
  void agreedToUpgrade(HttpResponse head, TunnelEnd unwanted) {
    unwanted.close();
    lose();
  }

  /** Not the client's: it may have gone. */
  @Override
  public LoopMemory.Charge charge() {
    return original.client().loop().memory().charge();
  }

  @Override
  int room() {
    return ROOM;
  }

  @Override
  void failed(Failure failure) {
    if (slot != null && failure.replay() == Failure.Replay.ALWAYS) {
      plane.cluster().reportUnreachable(slot.backend().id());
    }
    lose();
  }

  @Override
  void ended() {
    if (over) {
      return;
    }
    over = true;
    if (slot != null) {
      slot.free();
    }
    upstream.mirrored().end();
  }

  @Override
  void broken(Throwable thrown) {
    original.client().loop().faults().caught("a copy of a request", thrown);
    if (!over) {
      lose();
    }
  }

  private void lose() {
    upstream.mirrored().lose();
    ended();
  }
}
