package dev.limpet.proxy.upstream;

import akka.Done;
import akka.stream.Attributes;
import akka.stream.Inlet;
import akka.stream.SinkShape;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;

/** Writes a request body to a server; the client waits while the server does not read. */
public final class RequestBodyStage extends GraphStage<SinkShape<ByteString>> {

  private final Inlet<ByteString> in = Inlet.create("RequestBody.in");
  private final SinkShape<ByteString> shape = SinkShape.of(in);
  private final UpstreamConnection connection;
  private long bytes;

  RequestBodyStage(UpstreamConnection connection) {
    this.connection = connection;
  }

  @Override
  public SinkShape<ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  /** What has been written so far; on the connection's loop. */
  public long bytes() {
    return bytes;
  }

  /** What a connection tells the stage that writes to it. */
  interface Writer {
    void onWritable();

    void onClosed();
  }

  private final class Logic extends GraphStageLogic implements Writer {

    private final AsyncCallback<Done> writable;
    private final AsyncCallback<Done> closed;

    Logic() {
      super(shape);
      writable =
          createAsyncCallback(
              done -> {
                if (!hasBeenPulled(in) && !isClosed(in)) {
                  pull(in);
                }
              });
      closed = createAsyncCallback(done -> completeStage());
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              ByteString part = grab(in);
              bytes += part.size();
              if (connection.writeBody(
                  new DefaultHttpContent(Unpooled.wrappedBuffer(part.asByteBuffer())))) {
                pull(in);
              }
            }

            @Override
            public void onUpstreamFinish() {
              connection.finishBody();
              completeStage();
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              connection.failBody();
              failStage(cause);
            }
          });
    }

    @Override
    public void preStart() {
      connection.attachRequestBody(this);
      pull(in);
    }

    @Override
    public void onWritable() {
      writable.invoke(Done.getInstance());
    }

    @Override
    public void onClosed() {
      closed.invoke(Done.getInstance());
    }
  }
}
