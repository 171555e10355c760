package dev.limpet.http.h2;

import akka.stream.Attributes;
import akka.stream.BidiShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import dev.limpet.http.client.PassingLogic;
import dev.limpet.http.h2.frame.FrameScanner;
import dev.limpet.http.h2.frame.Http2Error;
import dev.limpet.http.h2.frame.Http2Frames;

/**
 * The guard before Akka HTTP's frame parser, which bounds neither the size of a header block
 * (CVE-2024-27316 and its like) nor the number of frames that cost much and carry nothing
 * (CVE-2019-9512, -9515, -9518), and takes frames that are none. A client that goes too far gets a
 * GOAWAY that says why, and its connection ends.
 */
final class Http2Guard
    extends GraphStage<BidiShape<ByteString, ByteString, ByteString, ByteString>> {

  private final Inlet<ByteString> fromClient = Inlet.create("Http2Guard.fromClient");
  private final Outlet<ByteString> toAkka = Outlet.create("Http2Guard.toAkka");
  private final Inlet<ByteString> fromAkka = Inlet.create("Http2Guard.fromAkka");
  private final Outlet<ByteString> toClient = Outlet.create("Http2Guard.toClient");
  private final BidiShape<ByteString, ByteString, ByteString, ByteString> shape =
      BidiShape.of(fromAkka, toClient, fromClient, toAkka);
  private final Http2Client client;

  Http2Guard(Http2Client client) {
    this.client = client;
  }

  @Override
  public BidiShape<ByteString, ByteString, ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends PassingLogic {

    private final FrameScanner scanner = client.scanner();

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
              push(toAkka, bytes);
            }

            @Override
            public void onUpstreamFinish() {
              if (scanner.isBetweenFrames()) {
                complete(toAkka);
              } else {
                fail(toAkka, new BrokenOff());
              }
            }
          });
      askThrough(toAkka, fromClient);
      passOn(fromAkka, toClient, bytes -> emit(toClient, bytes));
      askThrough(toClient, fromAkka);
    }

    private void refuse(Http2Error error) {
      if (error == Http2Error.ENHANCE_YOUR_CALM) {
        client.cutOff("a flood of frames, or a header block without end");
      } else {
        client.broke(error, "the connection ends");
      }
      cancel(fromClient);
      fail(toAkka, new BrokenOff());
      cancel(fromAkka);
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
