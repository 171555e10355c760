package dev.limpet.proxy.exchange;

import akka.NotUsed;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.proxy.upstream.ResponseHandler;
import dev.limpet.proxy.upstream.UpstreamConnection;
import dev.limpet.proxy.upstream.UpstreamPool;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.handler.codec.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * The side of a request that hears of a server's connection. What its methods throw ends the
 * request: the connection's channel would swallow it, and the request would wait for ever.
 */
abstract class FaultBarrier implements ResponseHandler, UpstreamPool.Borrower {

  abstract void connected(UpstreamConnection ready);

  void interim(HttpResponse head) {}

  void headArrived() {}

  boolean mayRepeat() {
    return false;
  }

  boolean waitsForBody(HttpResponse head) {
    return false;
  }

  abstract void answered(HttpResponse head, ByteString body);

  abstract void answersWithStream(HttpResponse head, Source<ByteString, NotUsed> body);

  abstract void agreedToUpgrade(HttpResponse head, TunnelEnd server);

  abstract int room();

  void waits(int bytes) {}

  void bodyEnded(long bytes, @Nullable Failure failure) {}

  abstract void failed(Failure failure);

  abstract void ended();

  /** Ends the request for what was thrown; throws nothing. */
  abstract void broken(Throwable thrown);

  @Override
  public final void onConnection(UpstreamConnection ready) {
    try {
      connected(ready);
    } catch (Throwable thrown) {
      ready.cancel();
      broken(thrown);
    }
  }

  @Override
  public final void onInterim(HttpResponse head) {
    try {
      interim(head);
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  @Override
  public final void onHead() {
    try {
      headArrived();
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  @Override
  public final boolean isRepeatable() {
    try {
      return mayRepeat();
    } catch (Throwable thrown) {
      broken(thrown);
      return false;
    }
  }

  @Override
  public final boolean needsBody(HttpResponse head) {
    try {
      return waitsForBody(head);
    } catch (Throwable thrown) {
      broken(thrown);
      return false;
    }
  }

  @Override
  public final void onResponse(HttpResponse head, ByteString body) {
    try {
      answered(head, body);
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  @Override
  public final void onStreamedResponse(HttpResponse head, Source<ByteString, NotUsed> body) {
    try {
      answersWithStream(head, body);
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  @Override
  public final void onUpgrade(HttpResponse head, TunnelEnd server) {
    try {
      agreedToUpgrade(head, server);
    } catch (Throwable thrown) {
      server.close();
      broken(thrown);
    }
  }

  @Override
  public final int bodyRoom() {
    try {
      return room();
    } catch (Throwable thrown) {
      broken(thrown);
      return 0;
    }
  }

  @Override
  public final void bodyWaits(int bytes) {
    try {
      waits(bytes);
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  @Override
  public final void onBodyEnd(long bytes, @Nullable Failure failure) {
    try {
      bodyEnded(bytes, failure);
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  @Override
  public final void onFailure(Failure failure) {
    try {
      failed(failure);
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }

  @Override
  public final void onEnd() {
    try {
      ended();
    } catch (Throwable thrown) {
      broken(thrown);
    }
  }
}
