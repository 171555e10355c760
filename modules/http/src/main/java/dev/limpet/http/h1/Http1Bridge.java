package dev.limpet.http.h1;

import akka.Done;
import akka.http.impl.engine.rendering.ResponseRenderingOutput;
import akka.stream.Attributes;
import akka.stream.BidiShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.TLSProtocol;
import akka.stream.scaladsl.TLSPlacebo$;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.http.client.PassingLogic;
import javax.net.ssl.SSLSession;

/**
 * The stage between a connection and {@link Http1Layer}: requests pass a {@link RequestReader},
 * responses are taken out of their wrapping.
 */
final class Http1Bridge
    extends GraphStage<
        BidiShape<ResponseRenderingOutput, ByteString, ByteString, TLSProtocol.SessionBytes>> {

  /** Akka HTTP asks for one and, by its settings, never looks at it. */
  private static final SSLSession NO_SESSION = TLSPlacebo$.MODULE$.dummySession();

  private final Inlet<ByteString> fromClient = Inlet.create("Http1Bridge.fromClient");
  private final Outlet<TLSProtocol.SessionBytes> toAkka = Outlet.create("Http1Bridge.toAkka");
  private final Inlet<ResponseRenderingOutput> fromAkka = Inlet.create("Http1Bridge.fromAkka");
  private final Outlet<ByteString> toClient = Outlet.create("Http1Bridge.toClient");
  private final BidiShape<ResponseRenderingOutput, ByteString, ByteString, TLSProtocol.SessionBytes>
      shape = BidiShape.of(fromAkka, toClient, fromClient, toAkka);

  @Override
  public BidiShape<ResponseRenderingOutput, ByteString, ByteString, TLSProtocol.SessionBytes>
      shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic(Http1Client.of(attributes).reader());
  }

  private final class Logic extends PassingLogic {

    private final RequestReader reader;

    Logic(RequestReader reader) {
      super(shape);
      this.reader = reader;
      setHandler(
          fromClient,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              relay(reader.feed(grab(fromClient)));
            }

            @Override
            public void onUpstreamFinish() {
              if (!reader.isPaused()) {
                finishRequests();
              }
            }
          });
      setHandler(
          toAkka,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              readOn();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              cancel(fromClient);
            }
          });
      passOn(
          fromAkka,
          toClient,
          rendered -> push(toClient, ((ResponseRenderingOutput.HttpData) rendered).bytes()));
      askThrough(toClient, fromAkka);
    }

    @Override
    public void preStart() {
      AsyncCallback<Done> resumed = createAsyncCallback(done -> resume());
      reader.onResumed(() -> resumed.invoke(Done.getInstance()));
    }

    private void resume() {
      ByteString waited = reader.feed(ByteString.emptyByteString());
      if (isClosed(fromClient)) {
        emitToAkka(waited);
        finishRequests();
      } else if (isAvailable(toAkka)) {
        relay(waited);
      } else {
        emitToAkka(waited);
      }
    }

    /** Tells Akka HTTP that the client will send no more, once all that is here has gone out. */
    private void finishRequests() {
      while (reader.hasMore()) {
        emitToAkka(reader.feed(ByteString.emptyByteString()));
      }
      emitToAkka(reader.finish());
      complete(toAkka);
    }

    private void relay(ByteString bytes) {
      if (!bytes.isEmpty()) {
        push(toAkka, wrapped(bytes));
      } else {
        readOn();
      }
    }

    private void readOn() {
      if (reader.hasMore()) {
        relay(reader.feed(ByteString.emptyByteString()));
      } else if (!reader.isPaused() && !isClosed(fromClient) && !hasBeenPulled(fromClient)) {
        pull(fromClient);
      }
    }

    private void emitToAkka(ByteString bytes) {
      if (!bytes.isEmpty()) {
        emit(toAkka, wrapped(bytes));
      }
    }

    private static TLSProtocol.SessionBytes wrapped(ByteString bytes) {
      return new TLSProtocol.SessionBytes(NO_SESSION, bytes);
    }
  }
}
