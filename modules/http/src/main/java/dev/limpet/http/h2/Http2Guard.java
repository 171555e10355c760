package dev.limpet.http.h2;

import akka.stream.Attributes;
import akka.stream.BidiShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.http.client.Client;
import java.util.function.Consumer;

/**
 * Looks at the frames of an HTTP/2 client before Akka HTTP does, which bounds neither the size of a
 * header block (CVE-2024-27316 and its like) nor the number of frames that cost much and carry
 * nothing (CVE-2019-9512, -9515, -9518), and takes frames that are none. A client that goes too far
 * gets a GOAWAY that says why, and its connection ends.
 */
final class Http2Guard
    extends GraphStage<BidiShape<ByteString, ByteString, ByteString, ByteString>> {

  private final Inlet<ByteString> fromClient = Inlet.create("Http2Guard.fromClient");
  private final Outlet<ByteString> toServer = Outlet.create("Http2Guard.toServer");
  private final Inlet<ByteString> fromServer = Inlet.create("Http2Guard.fromServer");
  private final Outlet<ByteString> toClient = Outlet.create("Http2Guard.toClient");
  private final BidiShape<ByteString, ByteString, ByteString, ByteString> shape =
      BidiShape.of(fromServer, toClient, fromClient, toServer);
  private final FrameScanner scanner;
  private final Client client;
  private final CutOffs cutOffs;
  private final Consumer<Http2Error> onRefused;

  /**
   * @param scanner the connection's
   * @param onRefused told why a connection ends here
   */
  Http2Guard(FrameScanner scanner, Client client, CutOffs cutOffs, Consumer<Http2Error> onRefused) {
    this.scanner = scanner;
    this.client = client;
    this.cutOffs = cutOffs;
    this.onRefused = onRefused;
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

    Logic() {
      super(shape);
      setHandler(
          fromClient,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              ByteString bytes = scanner.accept(grab(fromClient));
              if (scanner.error() != Http2Error.NO_ERROR) {
                refuse(scanner.error());
                return;
              }
              ByteString owed = scanner.owed();
              if (!owed.isEmpty()) {
                emit(toClient, owed);
              }
              push(toServer, bytes);
            }

            @Override
            public void onUpstreamFinish() {
              if (scanner.isBetweenFrames()) {
                complete(toServer);
              } else {
                fail(toServer, new BrokenOff());
              }
            }
          });
      setHandler(
          toServer,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              if (!isClosed(fromClient)) {
                pull(fromClient);
              }
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
              emit(toClient, grab(fromServer));
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
              if (!hasBeenPulled(fromServer) && !isClosed(fromServer)) {
                pull(fromServer);
              }
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              cancel(fromServer);
            }
          });
    }

    private void refuse(Http2Error error) {
      if (error == Http2Error.ENHANCE_YOUR_CALM) {
        cutOffs.add(client, "a flood of frames, or a header block without end");
      } else {
        onRefused.accept(error);
      }
      cancel(fromClient);
      fail(toServer, new BrokenOff());
      cancel(fromServer);
      emit(toClient, Http2Frames.goAway(error), this::completeStage);
    }
  }

  /**
   * The rest of a frame will not come; Akka HTTP's parser would log its own finding as an error.
   */
  private static final class BrokenOff extends RuntimeException {

    BrokenOff() {
      super("the client's frames broke off", null, false, false);
    }
  }
}
