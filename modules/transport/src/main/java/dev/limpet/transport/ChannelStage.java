package dev.limpet.transport;

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
import dev.limpet.transport.channel.LingeringClose;
import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.limits.MemoryBudget;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection's channel as a stream stage; which connection it is, the stream's attributes say.
 * Stage and channel live on the same thread, so they share their state without locks; only the
 * stage's signals go through Akka's callbacks, because a stream must not be entered from outside
 * while it may be running.
 *
 * <p>Back-pressure: the channel goes on reading until one batch waits here, then it stops until the
 * batch is taken, and TCP makes the peer wait. Switching reading off and on costs two system calls,
 * so it is done only when nobody asks for more.
 */
final class ChannelStage extends GraphStage<FlowShape<ByteString, ByteString>> {

  /** So long a peer may take to read the rest of what it was sent. */
  private static final Duration FLUSH = Duration.ofSeconds(60);

  private final Inlet<ByteString> in = Inlet.create("Channel.in");
  private final Outlet<ByteString> out = Outlet.create("Channel.out");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    Connection connection = attributes.getAttribute(Connection.class).orElseThrow();
    Logic logic = new Logic(connection);
    connection.run(logic);
    return logic;
  }

  /** One run of it. */
  final class Logic extends GraphStageLogic implements Inbound.Reader {

    private final Connection connection;
    private final Channel channel;
    private final Inbound inbound;
    private final AsyncCallback<Done> readCallback = createAsyncCallback(done -> relay());
    private final AsyncCallback<Done> writableCallback = createAsyncCallback(done -> pullMore());
    private final AsyncCallback<Done> closedCallback = createAsyncCallback(done -> onClosed());
    private final AsyncCallback<Done> detachCallback = createAsyncCallback(done -> detach());
    private Supplier<ByteString> early = ByteString::emptyByteString;
    private @Nullable Consumer<@Nullable TunnelEnd> receiver;
    private boolean stopped;
    private boolean finished;
    private boolean detached;

    Logic(Connection connection) {
      super(shape);
      this.connection = connection;
      this.channel = connection.channel();
      this.inbound = connection.inbound();
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              write(grab(in));
              pullMore();
            }

            @Override
            public void onUpstreamFinish() {
              finished = true;
              completeStage();
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              connection.loop().faults().caughtIfOurs("a connection", cause);
              // What was written before is still the peer's: postStop sees to it.
              failStage(cause);
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              relay();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              // What the peer still sends is of no interest, but that it leaves is.
              inbound.discard();
              readOn();
              if (isClosed(in)) {
                completeStage();
              }
            }
          });
    }

    @Override
    public void preStart() {
      inbound.attach(this);
      readOn();
      pull(in);
    }

    @Override
    public void postStop() {
      stopped = true;
      if (detached) {
        return;
      }
      if (receiver != null) {
        receiver.accept(null);
      }
      inbound.detach();
      connection.forgetStream();
      if (finished && inbound.mayReceive() && !connection.expectsNothing()) {
        LingeringClose.start(
            channel, connection.loop(), connection.expectsMore(), connection.endsSoon());
        return;
      }
      ChannelFuture flushed = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
      if (flushed.isDone()) {
        channel.close();
        return;
      }
      // A close would throw away what the peer has not had room for yet.
      flushed.addListener(ChannelFutureListener.CLOSE);
      Loop loop = connection.loop();
      loop.schedule(channel::close, FLUSH, loop.faults().in("a connection"));
    }

    private void relay() {
      if (isClosed(out)) {
        return;
      }
      if (isAvailable(out) && inbound.hasBytes()) {
        push(out, inbound.take());
        readOn();
      }
      if (inbound.isAtEnd()) {
        if (inbound.isClosed() && !isClosed(in)) {
          cancel(in);
        }
        complete(out);
      }
    }

    /**
     * Ends the stream but not the channel, which becomes one side of a tunnel. Only while the
     * stream owes the peer no bytes.
     *
     * @param unused takes what the stream has been given but not used
     * @param newReceiver gets the channel on the loop, or null if it is gone
     */
    void detach(Supplier<ByteString> unused, Consumer<@Nullable TunnelEnd> newReceiver) {
      if (stopped) {
        newReceiver.accept(null);
      } else {
        early = unused;
        receiver = newReceiver;
        detachCallback.invoke(Done.getInstance());
      }
    }

    private void detach() {
      if (inbound.isClosed()) {
        // The pipeline has been taken apart; postStop tells the receiver.
        completeStage();
        return;
      }
      Consumer<@Nullable TunnelEnd> waiting = Objects.requireNonNull(receiver);
      detached = true;
      channel.config().setAutoRead(false);
      TunnelEnd end =
          TunnelEnd.takeOver(channel, early.get().concat(inbound.take()), !inbound.mayReceive());
      channel.pipeline().remove(inbound);
      // The connection stays known for as long as the tunnel stands; its stream must not.
      inbound.detach();
      connection.forgetStream();
      completeStage();
      waiting.accept(end);
    }

    private void readOn() {
      // After the end of the input epoll does not know the channel's read side any more.
      if (inbound.mayReceive() && !channel.config().isAutoRead() && !connection.isHeldUp()) {
        channel.config().setAutoRead(true);
      }
    }

    private void holdUpIfShort() {
      LoopMemory memory = connection.loop().memory();
      if (memory.budget().isAtLeast(MemoryBudget.Level.SLOW) && !connection.isHeldUp()) {
        connection.setHeldUp(true);
        memory.budget().countHeldUp();
        channel.config().setAutoRead(false);
        memory.whenThereIsRoom(
            () -> {
              connection.setHeldUp(false);
              if (!stopped
                  && !detached
                  && (isAvailable(out) || isClosed(out) || !inbound.hasBytes())) {
                readOn();
              }
            });
      }
    }

    private void pullMore() {
      if (channel.isWritable() && !isClosed(in) && !hasBeenPulled(in)) {
        pull(in);
      }
    }

    private void onClosed() {
      relay();
      completeStage();
    }

    /** While the stream is asked for more and has not answered, it holds nothing back. */
    void writeBetween(ByteString bytes) {
      if (!isClosed(in) && hasBeenPulled(in) && channel.isActive()) {
        write(bytes);
      }
    }

    private void write(ByteString bytes) {
      // Straight to where the kernel takes it from: the parts of a response are not joined before.
      int size = bytes.size();
      ByteBuf buffer = channel.alloc().directBuffer(size);
      bytes.copyToBuffer(buffer.internalNioBuffer(0, size));
      channel.writeAndFlush(buffer.writerIndex(size), channel.voidPromise());
      connection.countUnsent();
    }

    @Override
    public void onReadComplete() {
      if (isClosed(out)) {
        inbound.discard();
        return;
      }
      if (!isAvailable(out)) {
        channel.config().setAutoRead(false);
      }
      holdUpIfShort();
      readCallback.invoke(Done.getInstance());
    }

    @Override
    public void onInputEnd() {
      connection.inputEnded();
      readCallback.invoke(Done.getInstance());
    }

    @Override
    public void onWritable() {
      connection.countUnsent();
      writableCallback.invoke(Done.getInstance());
    }

    @Override
    public void onInactive() {
      connection.inputEnded();
      closedCallback.invoke(Done.getInstance());
    }
  }
}
