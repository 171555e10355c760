package dev.limpet.proxy.message;

import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInOutHandler;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.content.coding.Encoder;
import dev.limpet.model.settings.route.Compression.Encoding;

/**
 * Compresses a body as it comes. Each piece goes out before the next one is asked for: an event
 * does not wait, and a client that is slow holds up its server as it would without this.
 */
final class EncodingStage extends GraphStage<FlowShape<ByteString, ByteString>> {

  private final Encoding encoding;
  private final Inlet<ByteString> in = Inlet.create("encoding.in");
  private final Outlet<ByteString> out = Outlet.create("encoding.out");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);

  EncodingStage(Encoding encoding) {
    this.encoding = encoding;
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

    private final Encoder encoder = Encoder.open(encoding);
    private boolean ended;

    Logic() {
      super(shape);
      setHandlers(
          in,
          out,
          new AbstractInOutHandler() {
            @Override
            public void onPush() {
              ByteString piece = grab(in);
              if (piece.isEmpty()) {
                // The end, and there are trailers behind it.
                end();
                emit(out, piece);
                complete(out);
                return;
              }
              byte[] encoded = encoder.encode(piece.toArrayUnsafe());
              if (encoded.length == 0) {
                pull(in);
              } else {
                push(out, ByteString.fromArrayUnsafe(encoded));
              }
            }

            @Override
            public void onPull() {
              pull(in);
            }

            @Override
            public void onUpstreamFinish() {
              if (!ended) {
                end();
                complete(out);
              }
            }
          });
    }

    private void end() {
      ended = true;
      emit(out, ByteString.fromArrayUnsafe(encoder.finish()));
    }

    @Override
    public void postStop() {
      encoder.close();
    }
  }
}
