package dev.limpet.transport;

import dev.limpet.model.net.BindFailure;
import dev.limpet.model.net.HostPort;
import dev.limpet.transport.channel.ReadBatch;
import dev.limpet.transport.loop.EventLoops;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.loop.NativeIo;
import dev.limpet.transport.report.Occurrences;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets of one listener: one for each loop on the same port (SO_REUSEPORT), over
 * which the kernel spreads connections. Where the operating system does not, it is one socket on
 * the first loop. For any thread.
 */
final class Acceptors {

  private static final Logger LOG = LoggerFactory.getLogger(Acceptors.class);

  /** Connections that the kernel completes before we have accepted them. */
  private static final int BACKLOG = 4096;

  private final EventLoops loops;
  private final Supplier<String> listener;
  private final BiConsumer<Loop, Channel> accepted;
  private final Occurrences failures = new Occurrences();
  private final List<Channel> sockets = new CopyOnWriteArrayList<>();

  /** Once this is set, all that the kernel has accepted is taken, however many there are. */
  private volatile boolean closing;

  /**
   * @param listener its name, for the log
   * @param accepted gets each connection's channel on its loop, before the channel is active
   */
  Acceptors(EventLoops loops, Supplier<String> listener, BiConsumer<Loop, Channel> accepted) {
    this.loops = loops;
    this.listener = listener;
    this.accepted = accepted;
  }

  /**
   * Takes an address, once; nothing is accepted yet.
   *
   * @return fails with a {@link java.net.BindException} that names the address
   */
  CompletionStage<Void> bind(HostPort bind) {
    InetSocketAddress address = new InetSocketAddress(bind.host(), bind.port());
    try {
      claim(address);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(BindFailure.of(bind, e));
    }
    Iterator<Loop> each = loops.all().iterator();
    if (NativeIo.BEST == NativeIo.NIO) {
      return bindOn(each.next(), bind, address).thenApply(_ -> null);
    }
    // The first may have got a free port, which is the others', too.
    return bindOn(each.next(), bind, address)
        .thenCompose(
            _ ->
                CompletableFuture.allOf(
                    loops.all().stream()
                        .skip(1)
                        .map(loop -> bindOn(loop, bind, localAddress()))
                        .toArray(CompletableFuture[]::new)));
  }

  InetSocketAddress localAddress() {
    return (InetSocketAddress) sockets.getFirst().localAddress();
  }

  /** The sockets that are bound; a live view. */
  List<Channel> sockets() {
    return sockets;
  }

  /** Whether the kernel's queue is emptied; once this is closing, it is. */
  void accept(boolean more) {
    boolean accepting = more || closing;
    sockets.forEach(socket -> socket.config().setAutoRead(accepting));
  }

  /** Takes the connections that the kernel has accepted, and no more. */
  CompletionStage<Void> close() {
    closing = true;
    return CompletableFuture.allOf(
        sockets.stream()
            .map(socket -> AcceptorClose.start(socket, loopOf(socket)).toCompletableFuture())
            .toArray(CompletableFuture[]::new));
  }

  private Loop loopOf(Channel socket) {
    return loops.all().stream()
        .filter(loop -> loop.executor().equals(socket.eventLoop()))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Binds the address once alone: with SO_REUSEPORT the kernel would let us share a port that
   * another process of ours listens on. A free port that it chooses itself it shares with nobody.
   */
  private static void claim(InetSocketAddress address) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
    }
  }

  private CompletableFuture<Void> bindOn(Loop loop, HostPort named, InetSocketAddress address) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop.executor())
            .channel(NativeIo.BEST.serverChannel)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, ReadBatch.BOUNDED)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(new Initializer(loop));
    if (NativeIo.BEST != NativeIo.NIO) {
      bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
    }
    CompletableFuture<Void> bound = new CompletableFuture<>();
    ChannelFuture binding = bootstrap.bind(address);
    binding.addListener(
        done -> {
          if (done.isSuccess()) {
            sockets.add(binding.channel());
            binding.channel().pipeline().addLast(new AcceptFailures());
            bound.complete(null);
          } else {
            bound.completeExceptionally(BindFailure.of(named, done.cause()));
          }
        });
    return bound;
  }

  /** Puts an accepted channel together. */
  private final class Initializer extends ChannelInitializer<Channel> {

    private final Loop loop;

    Initializer(Loop loop) {
      this.loop = loop;
    }

    @Override
    protected void initChannel(Channel channel) {
      try {
        accepted.accept(loop, channel);
      } catch (Throwable thrown) {
        channel.close();
        loop.faults().caught("a connection", thrown);
      }
    }
  }

  /**
   * Says in one line that connections could not be accepted. Netty waits a second before it tries
   * again.
   */
  private final class AcceptFailures extends ChannelInboundHandlerAdapter {

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      failures.add(
          times ->
              LOG.warn(
                  "listener {}: {} connections could not be accepted: {}",
                  listener.get(),
                  times,
                  cause.getMessage()));
    }
  }
}
