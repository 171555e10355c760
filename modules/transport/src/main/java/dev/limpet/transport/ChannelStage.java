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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;

/**
 * A channel as a stream stage. Stage and channel live on the same thread, so they share their state
 * without locks; only the stage's signals go through Akka's callbacks, because a stream must not be
 * entered from outside while it may be running.
 *
 * <p>Back-pressure: the channel goes on reading until one batch waits here, then it stops until the
 * batch is taken, and TCP makes the peer wait. Switching reading off and on costs two system calls,
 * so it is done only when nobody asks for more.
 */
final class ChannelStage extends GraphStage<FlowShape<ByteString, ByteString>> {

  private final Inlet<ByteString> in = Inlet.create("Channel.in");
  private final Outlet<ByteString> out = Outlet.create("Channel.out");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
  private final Channel channel;
  private final ByteString first;

  ChannelStage(Channel channel, ByteString first) {
    this.channel = channel;
    this.first = first;
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

    private final AsyncCallback<Done> readCallback = createAsyncCallback(done -> relay());
    private final AsyncCallback<Done> writableCallback = createAsyncCallback(done -> pullMore());
    private final AsyncCallback<Done> closedCallback = createAsyncCallback(done -> onClosed());
    private ByteString received = first;
    private boolean inputEnded;
    private boolean closed;

    Logic() {
      super(shape);
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
              finishOutput();
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              abort();
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
              received = ByteString.emptyByteString();
              channel.config().setAutoRead(true);
              if (isClosed(in)) {
                completeStage();
              }
            }
          });
    }

    @Override
    public void preStart() {
      channel.pipeline().addLast(new Handler(this));
      if (!channel.isActive()) {
        closed = true;
        inputEnded = true;
      }
      channel.config().setAutoRead(true);
      pull(in);
    }

    @Override
    public void postStop() {
      // Behind what has been written: a close does not overtake a flush.
      channel.close();
    }

    private void relay() {
      if (isClosed(out)) {
        return;
      }
      if (isAvailable(out) && !received.isEmpty()) {
        ByteString bytes = received;
        received = ByteString.emptyByteString();
        push(out, bytes);
        if (!channel.config().isAutoRead()) {
          channel.config().setAutoRead(true);
        }
      }
      if (inputEnded && received.isEmpty()) {
        if (closed && !isClosed(in)) {
          cancel(in);
        }
        complete(out);
      }
    }

    private void pullMore() {
      if (channel.isWritable() && !isClosed(in) && !hasBeenPulled(in)) {
        pull(in);
      }
    }

    private void finishOutput() {
      if (isClosed(out) || (inputEnded && received.isEmpty())) {
        completeStage();
      } else if (channel instanceof SocketChannel socket) {
        socket.shutdownOutput();
      }
    }

    private void onClosed() {
      relay();
      if (received.isEmpty() || isClosed(out)) {
        completeStage();
      }
    }

    private void write(ByteString bytes) {
      channel.writeAndFlush(Unpooled.wrappedBuffer(bytes.asByteBuffer()), channel.voidPromise());
    }

    private void abort() {
      if (channel instanceof SocketChannel socket) {
        socket.config().setSoLinger(0);
      }
      channel.close();
    }

    void onBytes(ByteBuf bytes) {
      ByteString batch = ByteString.fromArrayUnsafe(ByteBufUtil.getBytes(bytes));
      received = received.isEmpty() ? batch : received.concat(batch);
    }

    void onReadComplete() {
      if (isClosed(out)) {
        received = ByteString.emptyByteString();
        return;
      }
      if (received.isEmpty()) {
        return;
      }
      if (!isAvailable(out)) {
        channel.config().setAutoRead(false);
      }
      readCallback.invoke(Done.getInstance());
    }

    void onInputEnd() {
      inputEnded = true;
      readCallback.invoke(Done.getInstance());
    }

    void onWritable() {
      writableCallback.invoke(Done.getInstance());
    }

    void onInactive() {
      inputEnded = true;
      closed = true;
      closedCallback.invoke(Done.getInstance());
    }
  }

  /** Passes the channel's events on to the stage. */
  private static final class Handler extends ChannelInboundHandlerAdapter {

    private final Logic logic;

    Handler(Logic logic) {
      this.logic = logic;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      try {
        if (message instanceof ByteBuf bytes) {
          logic.onBytes(bytes);
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      logic.onReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        logic.onInputEnd();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (context.channel().isWritable()) {
        logic.onWritable();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      logic.onInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
