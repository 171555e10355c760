package dev.limpet.transport;

import akka.Done;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** An address on which connections are accepted, by every loop at once. */
public final class Listener {

  /** Connections that the kernel completes before we have accepted them. */
  private static final int BACKLOG = 4096;

  private final int maxConnections;
  private final Consumer<Connection> handler;
  private final List<Channel> acceptors = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Queue<Connection> waiting = new ConcurrentLinkedQueue<>();

  /** What the kernel has accepted is taken even above the limit; it waits here then. */
  private volatile boolean unbinding;

  private Listener(int maxConnections, Consumer<Connection> handler) {
    this.maxConnections = maxConnections;
    this.handler = handler;
  }

  /**
   * Starts to accept connections.
   *
   * @param address port 0 takes a free one
   * @param maxConnections served at one time; further ones wait, most of them in the kernel's
   *     queue
   * @param handler gets each connection on its loop, and runs its flow
   * @return fails with a {@link BindException} that names the address
   */
  public static CompletionStage<Listener> bind(
      EventLoops loops,
      InetSocketAddress address,
      int maxConnections,
      Consumer<Connection> handler) {
    Listener listener = new Listener(maxConnections, handler);
    InetSocketAddress free;
    try {
      free = claim(address);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(inUse(address, e));
    }
    boolean reusePort = NativeIo.BEST != NativeIo.NIO;
    List<Loop> accepting = reusePort ? loops.all() : loops.all().subList(0, 1);
    List<CompletableFuture<Channel>> binding = new ArrayList<>();
    for (Loop loop : accepting) {
      binding.add(listener.bindOn(loop, free, reusePort));
    }
    return CompletableFuture.allOf(binding.toArray(CompletableFuture[]::new))
        .thenApply(bound -> listener);
  }

  public InetSocketAddress localAddress() {
    return (InetSocketAddress) acceptors.getFirst().localAddress();
  }

  /** Takes the connections that the kernel has accepted, and no more; those that are open go on. */
  public CompletionStage<Done> unbind() {
    unbinding = true;
    return CompletableFuture.allOf(
            acceptors.stream()
                .map(acceptor -> AcceptorClose.begin(acceptor).toCompletableFuture())
                .toArray(CompletableFuture[]::new))
        .thenApply(closed -> Done.getInstance());
  }

  /** How many connections are served. */
  public int connections() {
    return connections.get();
  }

  /** Whether no connection is open, nor waits to be served. */
  public boolean isIdle() {
    return waiting.isEmpty() && connections.get() == 0;
  }

  /**
   * Binds the address once alone: with SO_REUSEPORT the kernel would let us share a port that
   * another process of ours listens on.
   */
  private static InetSocketAddress claim(InetSocketAddress address) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
      return new InetSocketAddress(address.getAddress(), probe.getLocalPort());
    }
  }

  private static BindException inUse(InetSocketAddress address, Throwable cause) {
    String reason = cause instanceof BindException ? "the address is in use" : cause.getMessage();
    BindException named =
        new BindException(
            "cannot listen on "
                + address.getHostString()
                + ":"
                + address.getPort()
                + ": "
                + reason);
    named.initCause(cause);
    return named;
  }

  private CompletableFuture<Channel> bindOn(
      Loop loop, InetSocketAddress address, boolean reusePort) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop.executor())
            .channel(NativeIo.BEST.serverChannel)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(loop, channel);
                  }
                });
    if (reusePort) {
      bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
    }
    CompletableFuture<Channel> bound = new CompletableFuture<>();
    ChannelFuture binding = bootstrap.bind(address);
    binding.addListener(
        done -> {
          if (done.isSuccess()) {
            acceptors.add(binding.channel());
            bound.complete(binding.channel());
          } else {
            bound.completeExceptionally(inUse(address, done.cause()));
          }
        });
    return bound;
  }

  private void accept(Loop loop, Channel channel) {
    Connection connection = new Connection(loop, channel);
    channel.closeFuture().addListener(closed -> onClosed(connection));
    if (takeSlot()) {
      start(connection);
    } else {
      waiting.add(connection);
      startWaiting();
    }
  }

  private void onClosed(Connection connection) {
    if (!waiting.remove(connection)) {
      connections.decrementAndGet();
      startWaiting();
      if (connections.get() < maxConnections) {
        acceptMore(true);
      }
    }
  }

  private void startWaiting() {
    while (!waiting.isEmpty() && takeSlot()) {
      Connection next = waiting.poll();
      if (next == null) {
        connections.decrementAndGet();
      } else {
        start(next);
      }
    }
  }

  /** Other loops may accept some more until they hear that the last slot is gone. */
  private boolean takeSlot() {
    int taken = connections.getAndUpdate(open -> Math.min(open + 1, maxConnections));
    if (taken + 1 >= maxConnections) {
      acceptMore(false);
      if (connections.get() < maxConnections) {
        acceptMore(true);
      }
    }
    return taken < maxConnections;
  }

  private void acceptMore(boolean more) {
    boolean accepting = more || unbinding;
    acceptors.forEach(acceptor -> acceptor.config().setAutoRead(accepting));
  }

  private void start(Connection connection) {
    // Once the channel is registered and active, its addresses are known.
    connection
        .loop()
        .executor()
        .execute(
            () -> {
              try {
                handler.accept(connection);
              } catch (RuntimeException e) {
                connection.close();
                throw e;
              }
            });
  }
}
