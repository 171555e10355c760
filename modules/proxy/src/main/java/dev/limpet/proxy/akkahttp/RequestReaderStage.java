package dev.limpet.proxy.akkahttp;

import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
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
              ByteString bytes = reader.feed(grab(in));
              if (bytes.isEmpty()) {
                pull(in);
              } else {
                push(out, bytes);
              }
            }

            @Override
            public void onUpstreamFinish() {
              ByteString last = reader.finish();
              if (!last.isEmpty()) {
                emit(out, last);
              }
              completeStage();
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              pull(in);
            }
          });
    }
  }
}
