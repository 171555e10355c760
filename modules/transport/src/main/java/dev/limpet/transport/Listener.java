package dev.limpet.transport;

import akka.Done;
import dev.limpet.model.BindFailure;
import dev.limpet.model.OwnShortage;
import dev.limpet.model.Settings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** An address on which connections are accepted, by every loop at once. */
public final class Listener {

  /** Clients that have connected and said nothing get so long once no more are taken. */
  private static final Duration SILENCE = Duration.ofSeconds(6);

  /** Connections that the kernel completes before we have accepted them. */
  private static final int BACKLOG = 4096;

  private final BiConsumer<Connection, Settings.Listener> handler;
  private final List<Channel> acceptors = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Queue<Connection> waiting = new ConcurrentLinkedQueue<>();

  private volatile Rules rules;

  /** What the kernel has accepted is taken even above the limit; it waits here then. */
  private volatile boolean unbinding;

  /** By what connections are served that are accepted now. */
  private record Rules(Settings.Listener settings, @Nullable TlsServer tls) {}

  private Listener(Rules rules, BiConsumer<Connection, Settings.Listener> handler) {
    this.rules = rules;
    this.handler = handler;
  }

  /**
   * Takes an address. Whoever connects waits until {@link #serve} is called.
   *
   * @param settings port 0 takes a free one; connections beyond the most that are served at one
   *     time wait, most of them in the kernel's queue
   * @param tls null for plain connections
   * @param handler gets each connection on its loop when a request begins, with the settings under
   *     which it was accepted, and runs its flow
   * @return fails with a {@link BindException} that names the address
   */
  public static CompletionStage<Listener> bind(
      EventLoops loops,
      Settings.Listener settings,
      @Nullable TlsServer tls,
      BiConsumer<Connection, Settings.Listener> handler) {
    Listener listener = new Listener(new Rules(settings, tls), handler);
    InetSocketAddress address =
        new InetSocketAddress(settings.bind().host(), settings.bind().port());
    InetSocketAddress free;
    try {
      free = claim(address);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(BindFailure.of(settings.bind(), e));
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

  /**
   * Accepts connections from now on, and serves them by these settings; those that are open go on by
   * theirs.
   *
   * @param settings with the same address
   * @param tls null for plain connections
   */
  public void serve(Settings.Listener settings, @Nullable TlsServer tls) {
    rules = new Rules(settings, tls);
    startWaiting();
    acceptMore(connections.get() < settings.maxConnections());
  }

  /** By which connections are served that are accepted now. */
  public Settings.Listener settings() {
    return rules.settings();
  }

  /** Null for plain connections. */
  public @Nullable TlsServer tls() {
    return rules.tls();
  }

  public InetSocketAddress localAddress() {
    return (InetSocketAddress) acceptors.getFirst().localAddress();
  }

  /** Takes the connections that the kernel has accepted, and no more; those that are open go on. */
  public CompletionStage<Done> unbind() {
    unbinding = true;
    open.forEach(connection -> connection.closeUnlessUsed(SILENCE));
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


  private CompletableFuture<Channel> bindOn(
      Loop loop, InetSocketAddress address, boolean reusePort) {
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
            binding.channel().pipeline().addLast(failedAccepts(loop, settings().name()));
            acceptors.add(binding.channel());
            bound.complete(binding.channel());
          } else {
            bound.completeExceptionally(BindFailure.of(settings().bind(), done.cause()));
          }
        });
    return bound;
  }

  /** Netty waits for a second then and tries again. */
  private static ChannelHandler failedAccepts(Loop loop, String name) {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        String own = OwnShortage.of(cause);
        String reason = own == null ? String.valueOf(cause.getMessage()) : own;
        loop.failures()
            .note(Level.ERROR, "listener " + name + " cannot accept: " + reason, () -> "clients wait");
      }
    };
  }

  private void accept(Loop loop, Channel channel) {
    Inbound inbound = new Inbound();
    Connection connection = new Connection(loop, channel, inbound);
    ChannelPipeline pipeline = channel.pipeline();
    Rules now = rules;
    if (now.settings().proxyProtocol()) {
      pipeline.addLast(new OtherFamilies(), new HAProxyMessageDecoder());
    }
    if (now.tls() != null) {
      pipeline.addLast(now.tls().handler(channel.alloc()));
    }
    pipeline.addLast(
        new Arrival(
            connection, inbound, now.settings(), ready -> handler.accept(ready, now.settings())),
        inbound);
    open.add(connection);
    channel.closeFuture().addListener(closed -> onClosed(connection));
    if (takeSlot()) {
      start(connection);
    } else {
      waiting.add(connection);
      startWaiting();
    }
  }

  private void onClosed(Connection connection) {
    open.remove(connection);
    if (!waiting.remove(connection)) {
      connections.decrementAndGet();
      startWaiting();
      if (connections.get() < settings().maxConnections()) {
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
    int maxConnections = settings().maxConnections();
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
    connection.loop().executor().execute(connection::begin);
  }
}
