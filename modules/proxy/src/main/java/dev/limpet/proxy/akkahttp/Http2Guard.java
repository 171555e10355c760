package dev.limpet.proxy.akkahttp;

import akka.stream.Attributes;
import akka.stream.BidiShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import java.util.function.IntConsumer;

/**
 * Looks at the frames of an HTTP/2 client before Akka HTTP does, which bounds neither the size of a
 * header block (CVE-2024-27316 and its like) nor the number of frames that cost much and carry
 * nothing (CVE-2019-9512, -9515, -9518). A client that goes too far gets a GOAWAY with
 * ENHANCE_YOUR_CALM, and its connection ends.
 */
final class Http2Guard
    extends GraphStage<BidiShape<ByteString, ByteString, ByteString, ByteString>> {

  private final Inlet<ByteString> fromClient = Inlet.create("Http2Guard.fromClient");
  private final Outlet<ByteString> toServer = Outlet.create("Http2Guard.toServer");
  private final Inlet<ByteString> fromServer = Inlet.create("Http2Guard.fromServer");
  private final Outlet<ByteString> toClient = Outlet.create("Http2Guard.toClient");
  private final BidiShape<ByteString, ByteString, ByteString, ByteString> shape =
      BidiShape.of(fromServer, toClient, fromClient, toServer);
  private final int maxHeaderBlock;
  private final IntConsumer onReset;

  /**
   * @param maxHeaderBlock bytes of one header block as it is sent, compressed
   * @param onReset hears of streams that the client gives up
   */
  Http2Guard(int maxHeaderBlock, IntConsumer onReset) {
    this.maxHeaderBlock = maxHeaderBlock;
    this.onReset = onReset;
  }

  @Override
  public BidiShape<ByteString, ByteString, ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {

    private final FrameScanner scanner = new FrameScanner(maxHeaderBlock, onReset);

    Logic() {
      super(shape);
      setHandler(
          fromClient,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              ByteString bytes = grab(fromClient);
              if (scanner.accept(bytes)) {
                push(toServer, bytes);
              } else {
                refuse();
              }
            }

            @Override
            public void onUpstreamFinish() {
              complete(toServer);
            }
          });
      setHandler(
          toServer,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              pull(fromClient);
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              cancel(fromClient);
            }
          });
      setHandler(
          fromServer,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              push(toClient, grab(fromServer));
            }

            @Override
            public void onUpstreamFinish() {
              complete(toClient);
            }
          });
      setHandler(
          toClient,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              pull(fromServer);
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              cancel(fromServer);
            }
          });
    }

    private void refuse() {
      cancel(fromClient);
      complete(toServer);
      cancel(fromServer);
      emit(toClient, FrameScanner.GO_AWAY, this::completeStage);
    }
  }
}
