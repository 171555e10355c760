package dev.limpet.proxy.akkahttp;

import akka.Done;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;

/** Runs a connection's bytes through its {@link RequestReader} on their way to Akka HTTP. */
final class RequestReaderStage extends GraphStage<FlowShape<ByteString, ByteString>> {

  private final Inlet<ByteString> in = Inlet.create("RequestReader.in");
  private final Outlet<ByteString> out = Outlet.create("RequestReader.out");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
  private final RequestReader reader;

  RequestReaderStage(RequestReader reader) {
    this.reader = reader;
  }

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              relay(reader.feed(grab(in)));
            }

            @Override
            public void onUpstreamFinish() {
              if (!reader.isPaused()) {
                finish();
              }
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              readOn();
            }
          });
    }

    @Override
    public void preStart() {
      AsyncCallback<Done> resumed = createAsyncCallback(done -> resume());
      reader.onResumed(() -> resumed.invoke(Done.getInstance()));
    }

    private void resume() {
      ByteString waited = reader.feed(ByteString.emptyByteString());
      if (isClosed(in)) {
        emit(out, waited);
        finish();
      } else if (isAvailable(out)) {
        relay(waited);
      } else if (!waited.isEmpty()) {
        emit(out, waited);
      }
    }

    /** Completes the stage once all that is here has gone out. */
    private void finish() {
      while (reader.hasMore()) {
        emit(out, reader.feed(ByteString.emptyByteString()));
      }
      ByteString last = reader.finish();
      if (!last.isEmpty()) {
        emit(out, last);
      }
      completeStage();
    }

    private void relay(ByteString bytes) {
      if (!bytes.isEmpty()) {
        push(out, bytes);
      } else {
        readOn();
      }
    }

    private void readOn() {
      if (reader.hasMore()) {
        relay(reader.feed(ByteString.emptyByteString()));
      } else if (!reader.isPaused() && !isClosed(in) && !hasBeenPulled(in)) {
        pull(in);
      }
    }
  }
}
