package dev.limpet.transport.tunnel;

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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A stream of HTTP/2 as one side of a tunnel: what is in its DATA frames comes in, and what is sent
 * goes out as such. END_STREAM says that nothing more will come, RST_STREAM that the side is
 * closed. To be run once, on the connection's loop, where all its methods are called, too.
 *
 * <p>Back-pressure: the client's window opens as the other side takes what came, and the other side
 * is read only while the client's window and the connection let out what is here.
 */
public final class StreamTunnel extends GraphStage<FlowShape<ByteString, ByteString>>
    implements TunnelSide {

  private static final int MAX_UNSENT = 64 * 1024;

  /** The control of the stream beside its bytes. */
  public interface Control {

    /** Bytes that the client still sends are not wanted when the last byte to it has been sent. */
    void doWithoutRest();

    void reset();
  }

  private final Inlet<ByteString> in = Inlet.create("StreamTunnel.in");
  private final Outlet<ByteString> out = Outlet.create("StreamTunnel.out");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
  private final Consumer<TunnelSide> joiner;
  private final IntConsumer taken;
  private final Control control;
  private ByteString unsent = ByteString.emptyByteString();
  private boolean inputEnded;
  private boolean outputEnds;
  private boolean closed;
  private @Nullable Logic logic;
  private @Nullable TunnelSide peer;
  private @Nullable Watcher watcher;

  /**
   * @param joiner joins this to its other side
   * @param taken hears of bytes from the client that have gone to the other side
   */
  public StreamTunnel(Consumer<TunnelSide> joiner, IntConsumer taken, Control control) {
    this.joiner = joiner;
    this.taken = taken;
    this.control = control;
  }

  /**
   * The stream has gone.
   *
   * @return whether it has never begun, and never will
   */
  public boolean abandon() {
    closed |= logic == null;
    return logic == null;
  }

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  @Override
  public void join(TunnelSide other, Watcher newWatcher) {
    peer = other;
    watcher = newWatcher;
  }

  @Override
  public void send(ByteBuf bytes) {
    if (!closed) {
      unsent = unsent.concat(ByteString.fromArrayUnsafe(ByteBufUtil.getBytes(bytes)));
    }
    bytes.release();
  }

  @Override
  public void flush() {
    if (logic != null) {
      logic.unsentGrew.invoke(Done.getInstance());
    }
  }

  @Override
  public boolean isWritable() {
    return unsent.size() < MAX_UNSENT;
  }

  @Override
  public void readOn() {
    if (logic != null) {
      logic.peerTakes.invoke(Done.getInstance());
    }
  }

  @Override
  public boolean isInputEnded() {
    return inputEnded;
  }

  @Override
  public void finishOutput() {
    outputEnds = true;
    flush();
  }

  @Override
  public void closeGently() {
    if (!closed) {
      control.doWithoutRest();
      finishOutput();
    }
  }

  @Override
  public void closeNow() {
    if (!closed) {
      control.reset();
    }
  }

  private void close() {
    if (!closed) {
      closed = true;
      unsent = ByteString.emptyByteString();
      if (watcher != null) {
        watcher.onClosed(this);
      }
    }
  }

  private final class Logic extends GraphStageLogic {

    private final AsyncCallback<Done> unsentGrew = createAsyncCallback(done -> sendOn());
    private final AsyncCallback<Done> peerTakes = createAsyncCallback(done -> takeOn());

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              relay(grab(in));
              takeOn();
            }

            @Override
            public void onUpstreamFinish() {
              inputEnded = true;
              if (watcher != null) {
                watcher.onInputEnd(StreamTunnel.this);
              }
            }

            @Override
            public void onUpstreamFailure(Throwable reset) {
              completeStage();
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              sendOn();
            }
          });
    }

    @Override
    public void preStart() {
      if (closed) {
        completeStage();
        return;
      }
      logic = this;
      joiner.accept(StreamTunnel.this);
      takeOn();
    }

    @Override
    public void postStop() {
      close();
    }

    private void relay(ByteString bytes) {
      if (peer != null && watcher != null) {
        watcher.onBytes(peer, bytes.size());
        taken.accept(bytes.size());
        peer.send(Unpooled.wrappedBuffer(bytes.asByteBuffer()));
        peer.flush();
      }
    }

    private void takeOn() {
      if (!isClosed(in) && !hasBeenPulled(in) && peer != null && peer.isWritable()) {
        pull(in);
      }
    }

    private void sendOn() {
      if (!unsent.isEmpty()) {
        if (!isAvailable(out)) {
          return;
        }
        push(out, unsent);
        unsent = ByteString.emptyByteString();
        if (peer != null) {
          peer.readOn();
        }
      }
      if (outputEnds && !isClosed(out)) {
        complete(out);
      }
    }
  }
}
