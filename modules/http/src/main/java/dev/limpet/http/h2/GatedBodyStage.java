package dev.limpet.http.h2;

import akka.Done;
import akka.http.javadsl.model.HttpEntity;
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
import org.jspecify.annotations.Nullable;

/**
 * The stage that passes on a response's body, in bytes or chunks, and keeps its failure from Akka
 * HTTP, which would drop what it holds of the body and, where that waits for a window, end the
 * whole connection. The stream is reset behind the last byte instead, and its reset ends this.
 * Nothing is asked for while the client has no room for it.
 */
final class GatedBodyStage extends GraphStage<FlowShape<Object, Object>> {

  /** Hears that a body breaks off, and behind how many bytes. */
  interface BreakOff {
    void at(long bytes, Throwable cause);
  }

  private final Inlet<Object> in = Inlet.create("GatedBody.in");
  private final Outlet<Object> out = Outlet.create("GatedBody.out");
  private final FlowShape<Object, Object> shape = FlowShape.of(in, out);
  private final Outflow.@Nullable Gate gate;
  private final BreakOff breakOff;

  /**
   * @param gate of the stream that carries the body, or null
   * @param breakOff hears of a body that breaks off
   */
  GatedBodyStage(Outflow.@Nullable Gate gate, BreakOff breakOff) {
    this.gate = gate;
    this.breakOff = breakOff;
  }

  @Override
  public FlowShape<Object, Object> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {

    private final AsyncCallback<Done> opened = createAsyncCallback(_ -> ask());
    private long passed;

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              Object part = grab(in);
              passed += size(part);
              if (gate != null) {
                gate.given(size(part));
              }
              push(out, part);
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              breakOff.at(passed, cause);
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              ask();
            }
          });
    }

    private void ask() {
      if (isClosed(in) || hasBeenPulled(in) || !isAvailable(out)) {
        return;
      }
      if (gate == null || gate.isOpen()) {
        pull(in);
      } else {
        gate.whenOpen(() -> opened.invoke(Done.getInstance()));
      }
    }
  }

  private static int size(Object part) {
    return switch (part) {
      case ByteString bytes -> bytes.size();
      case HttpEntity.ChunkStreamPart chunk -> chunk.data().size();
      default -> 0;
    };
  }
}
