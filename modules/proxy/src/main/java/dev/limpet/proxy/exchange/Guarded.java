package dev.limpet.proxy.exchange;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.upstream.ResponseHandler;
import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamPool;
import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.handler.codec.http.HttpResponse;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a request's side throws from its server's connection, whose channel would swallow it,
 * and the request would wait for ever.
 */
final class Guarded<T extends ResponseHandler & UpstreamPool.Borrower>
    implements ResponseHandler, UpstreamPool.Borrower {

  private final T request;
  private final Consumer<Throwable> broken;

  /**
   * @param broken ends the request; throws nothing
   */
  Guarded(T request, Consumer<Throwable> broken) {
    this.request = request;
    this.broken = broken;
  }

  @Override
  public void onConnection(UpstreamConnection ready) {
    try {
      request.onConnection(ready);
    } catch (Throwable thrown) {
      ready.cancel();
      broken.accept(thrown);
    }
  }

  @Override
  public void onInterim(HttpResponse head) {
    try {
      request.onInterim(head);
    } catch (Throwable thrown) {
      broken.accept(thrown);
    }
  }

  @Override
  public void onHead() {
    try {
      request.onHead();
    } catch (Throwable thrown) {
      broken.accept(thrown);
    }
  }

  @Override
  public boolean isRepeatable() {
    try {
      return request.isRepeatable();
    } catch (Throwable thrown) {
      broken.accept(thrown);
      return false;
    }
  }

  @Override
  public boolean needsBody(HttpResponse head) {
    try {
      return request.needsBody(head);
    } catch (Throwable thrown) {
      broken.accept(thrown);
      return false;
    }
  }

  @Override
  public void onResponse(HttpResponse head, ByteString body) {
    try {
      request.onResponse(head, body);
    } catch (Throwable thrown) {
      broken.accept(thrown);
    }
  }

  @Override
  public void onStreamedResponse(HttpResponse head, Source<ByteString, NotUsed> body) {
    try {
      request.onStreamedResponse(head, body);
    } catch (Throwable thrown) {
      broken.accept(thrown);
    }
  }

  @Override
  public void onUpgrade(HttpResponse head, TunnelEnd server) {
    try {
      request.onUpgrade(head, server);
    } catch (Throwable thrown) {
      server.close();
      broken.accept(thrown);
    }
  }

  @Override
  public LoopMemory.Charge charge() {
    return request.charge();
  }

  @Override
  public int bodyRoom() {
    try {
      return request.bodyRoom();
    } catch (Throwable thrown) {
      broken.accept(thrown);
      return 0;
    }
  }

  @Override
  public void bodyWaits(int bytes) {
    try {
      request.bodyWaits(bytes);
    } catch (Throwable thrown) {
      broken.accept(thrown);
    }
  }

  @Override
  public void onBodyEnd(long bytes, @Nullable Failure failure) {
    try {
      request.onBodyEnd(bytes, failure);
    } catch (Throwable thrown) {
      broken.accept(thrown);
    }
  }

  @Override
  public void onFailure(Failure failure) {
    try {
      request.onFailure(failure);
    } catch (Throwable thrown) {
      broken.accept(thrown);
    }
  }

  @Override
  public void onEnd() {
    try {
      request.onEnd();
    } catch (Throwable thrown) {
      broken.accept(thrown);
    }
  }
}
