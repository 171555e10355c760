package dev.limpet.proxy.upstream;

import akka.Done;
import akka.http.scaladsl.model.EntityStreamException;
import akka.stream.Attributes;
import akka.stream.Inlet;
import akka.stream.SinkShape;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.proxy.failure.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;

/** Writes a request body to a server; the client waits while the server does not read. */
public final class RequestBodyStage extends GraphStage<SinkShape<ByteString>> {

  private final Inlet<ByteString> in = Inlet.create("RequestBody.in");
  private final SinkShape<ByteString> shape = SinkShape.of(in);
  private final UpstreamConnection connection;
  private long written;
  private final RequestBody body;

  RequestBodyStage(UpstreamConnection connection, RequestBody body) {
    this.connection = connection;
    this.body = body;
  }

  @Override
  public SinkShape<ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  /** The bytes that have been written so far; on the connection's loop. */
  public long bytes() {
    return written;
  }

  /** The stage as its connection sees it. */
  interface Writer {
    void onWritable();

    void onClosed();
  }

  private final class Logic extends GraphStageLogic implements Writer {

    private final AsyncCallback<Done> writable;
    private final AsyncCallback<Done> closed;
    private boolean whole = body.length() == RequestBody.UNKNOWN;

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
              write(grab(in));
            }

            @Override
            public void onUpstreamFinish() {
              if (!whole) {
                // Akka HTTP ends a body that it does not read on with as if it were complete.
                connection.fail(Failure.CLIENT_GONE);
              } else if (body.length() < 0) {
                connection.finishBody(new DefaultLastHttpContent(), body);
              }
              completeStage();
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              connection.fail(
                  cause instanceof EntityStreamException
                      ? Failure.BAD_REQUEST
                      : Failure.CLIENT_GONE);
              failStage(cause);
            }
          });
    }

    private void write(ByteString bytes) {
      if (bytes.isEmpty()) {
        whole = true;
        pull(in);
        return;
      }
      ByteBuf buffer = Unpooled.wrappedBuffer(bytes.asByteBuffer());
      written += bytes.size();
      if (written > body.limit()) {
        buffer.release();
        connection.fail(Failure.BODY_TOO_LARGE);
        completeStage();
      } else if (written == body.length()) {
        // The server may answer now; that Akka HTTP hears of the end must not wait for anything.
        whole = true;
        connection.finishBody(new DefaultLastHttpContent(buffer), body);
        pull(in);
      } else if (connection.writeBody(new DefaultHttpContent(buffer))) {
        pull(in);
      }
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
