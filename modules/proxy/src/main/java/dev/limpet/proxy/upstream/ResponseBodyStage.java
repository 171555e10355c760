package dev.limpet.proxy.upstream;

import akka.Done;
import akka.stream.Attributes;
import akka.stream.Outlet;
import akka.stream.SourceShape;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.proxy.failure.Failure;

/** A response body as it comes from the server; the server waits while nobody asks for more. */
public final class ResponseBodyStage extends GraphStage<SourceShape<ByteString>> {

  /** No bytes: comes last if there are trailers behind the body. */
  public static final ByteString TRAILERS = ByteString.emptyByteString();

  private final Outlet<ByteString> out = Outlet.create("ResponseBody.out");
  private final SourceShape<ByteString> shape = SourceShape.of(out);
  private final ResponseReader response;
  private final ResponseBody body;
  private final ResponseHandler handler;

  ResponseBodyStage(ResponseReader response, ResponseHandler handler) {
    this.response = response;
    this.body = response.body();
    this.handler = handler;
  }

  @Override
  public SourceShape<ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {

    private long relayed;
    private boolean ended;
    private boolean trailersSent;

    Logic() {
      super(shape);
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              relay();
            }
          });
    }

    @Override
    public void preStart() {
      AsyncCallback<Done> changed = createAsyncCallback(done -> relay());
      body.attach(() -> changed.invoke(Done.getInstance()));
    }

    @Override
    public void postStop() {
      if (!ended) {
        response.cancelBody();
        handler.onBodyEnd(relayed, Failure.CLIENT_GONE);
      }
    }

    private void relay() {
      if (ended) {
        return;
      }
      if (isAvailable(out)) {
        ByteString bytes = response.takeBody();
        if (!bytes.isEmpty()) {
          relayed += bytes.size();
          push(out, bytes);
          return;
        }
      } else if (!body.isEmpty()) {
        return;
      }
      if (body.isComplete()) {
        if (!trailersSent && !body.trailers().isEmpty()) {
          if (isAvailable(out)) {
            trailersSent = true;
            push(out, TRAILERS);
          }
          return;
        }
        ended = true;
        response.bodyDelivered();
        completeStage();
        handler.onBodyEnd(relayed, null);
      } else if (body.failure() != null) {
        ended = true;
        failStage(new TruncatedResponse(body.failure().message()));
        handler.onBodyEnd(relayed, body.failure());
      }
    }
  }

  /** Cuts the client's connection, the only way to say that a body under way is not whole. */
  static final class TruncatedResponse extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TruncatedResponse(String message) {
      super(message, null, false, false);
    }
  }
}
