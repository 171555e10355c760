package dev.limpet.transport;

import akka.Done;
import dev.limpet.model.net.BindFailure;
import dev.limpet.model.settings.Settings;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An address on which connections are accepted, by every loop at once. */
public final class Listener {

  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  /** Clients that have connected and said nothing get so long once no more are taken. */
  private static final Duration SILENCE = Duration.ofSeconds(6);

  /** Connections that the kernel completes before we have accepted them. */
  private static final int BACKLOG = 4096;

  private final BiConsumer<Connection, Settings.Listener> handler;
  private final List<Channel> acceptors = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Occurrences proxyHeadersRefused = new Occurrences();
  private final Queue<Connection> waiting = new ConcurrentLinkedQueue<>();
  private final EventLoops loops;
  private final AddressLimit addresses = new AddressLimit();
  private final Occurrences tooMany = new Occurrences();
  private final Occurrences acceptFailures = new Occurrences();
  private final LongAdder closedIdle = new LongAdder();

  private final DeferredAccept deferred;

  private volatile Rules rules;

  /** What the kernel has accepted is taken even above the limit; it waits here then. */
  private volatile boolean unbinding;

  /** By what connections are served that are accepted now. */
  private record Rules(Settings.Listener settings, @Nullable TlsServer tls) {}

  private Listener(
      EventLoops loops, Rules rules, BiConsumer<Connection, Settings.Listener> handler) {
    this.loops = loops;
    this.rules = rules;
    this.handler = handler;
    this.deferred = new DeferredAccept(acceptors, loops.all().getFirst(), SILENCE);
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
    Listener listener = new Listener(loops, new Rules(settings, tls), handler);
    InetSocketAddress address =
        new InetSocketAddress(settings.bind().host(), settings.bind().port());
    try {
      claim(address);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(BindFailure.of(settings.bind(), e));
    }
    boolean reusePort = NativeIo.BEST != NativeIo.NIO;
    List<Loop> others = reusePort ? loops.all().subList(1, loops.all().size()) : List.of();
    return listener
        .bindOn(loops.all().getFirst(), address, reusePort)
        .thenCompose(first -> listener.bindOn(others, first.localAddress()))
        .thenApply(bound -> listener);
  }

  /**
   * Accepts connections from now on, and serves them by these settings; those that are open go on
   * by theirs.
   *
   * @param settings with the same address
   * @param tls null for plain connections
   */
  public void serve(Settings.Listener settings, @Nullable TlsServer tls) {
    rules = new Rules(settings, tls);
    acceptMore(true);
    startWaiting();
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
                .map(
                    acceptor ->
                        AcceptorClose.begin(acceptor, loopOf(acceptor)).toCompletableFuture())
                .toArray(CompletableFuture[]::new))
        .thenApply(closed -> Done.getInstance());
  }

  private Loop loopOf(Channel acceptor) {
    return loops.all().stream()
        .filter(loop -> loop.executor().equals(acceptor.eventLoop()))
        .findFirst()
        .orElseThrow();
  }

  /** Connections that were to begin with a PROXY header, and came from no trusted proxy. */
  public Occurrences proxyHeadersRefused() {
    return proxyHeadersRefused;
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
   * another process of ours listens on. A free port that it chooses itself it shares with nobody.
   */
  private static void claim(InetSocketAddress address) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
    }
  }

  private CompletableFuture<Void> bindOn(List<Loop> others, SocketAddress address) {
    return CompletableFuture.allOf(
        others.stream().map(loop -> bindOn(loop, address, true)).toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Channel> bindOn(Loop loop, SocketAddress address, boolean reusePort) {
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
                    try {
                      accept(loop, channel);
                    } catch (Throwable thrown) {
                      channel.close();
                      loop.faults().caught("a connection", thrown);
                    }
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
            binding.channel().pipeline().addLast(new AcceptFailures());
            bound.complete(binding.channel());
          } else {
            bound.completeExceptionally(BindFailure.of(settings().bind(), done.cause()));
          }
        });
    return bound;
  }

  private void accept(Loop loop, Channel channel) {
    if (!loop.heavy().makeRoom()) {
      loops.memory().onRefused();
      refuse(channel);
      return;
    }
    loop.idle().makeRoomForOne();
    Connection connection = new Connection(loop, channel, this);
    Inbound inbound = connection.inbound();
    ChannelPipeline pipeline = channel.pipeline();
    Rules now = rules;
    if (now.settings().proxyProtocol()) {
      pipeline.addLast(new OtherFamilies(), new HAProxyMessageDecoder());
    }
    if (now.tls() != null) {
      pipeline.addLast(new FirstBytes(connection), now.tls().handler(channel.alloc(), loop));
    }
    pipeline.addLast(
        new Arrival(
            connection,
            inbound,
            now.settings(),
            proxyHeadersRefused,
            ready -> handler.accept(ready, now.settings())),
        inbound);
    open.add(connection);
    channel.closeFuture().addListener(closed -> onClosed(connection));
    if (takeSlot() || (closeIdle(loop) && takeSlot())) {
      start(connection);
      return;
    }
    waiting.add(connection);
    loops.crowded().add(this);
    acceptMore(false);
    deferred.onCrowded();
    // A slot may have come free meanwhile.
    startWaiting();
  }

  /**
   * Closes what is idle on this loop, which is the one that calls, if somebody waits for its place.
   */
  void makeRoom(Loop loop) {
    if (!waiting.isEmpty()) {
      closeIdle(loop);
    }
  }

  private boolean closeIdle(Loop loop) {
    boolean closed =
        loops.files().areClientsFull()
            ? loop.idle().closeLongest(any -> true)
            : loop.idle().closeLongest(connection -> connection.belongsTo(this));
    if (closed) {
      closedIdle.increment();
    }
    return closed;
  }

  /** Idle connections that were closed to make room for others, since start. */
  public long closedIdle() {
    return closedIdle.sum();
  }

  AddressLimit addresses() {
    return addresses;
  }

  /**
   * @return what the client's address is counted under; null if it has too many connections
   */
  @Nullable Long admit(InetAddress address) {
    Settings.Listener now = settings();
    boolean trusted = now.trustedProxies().stream().anyMatch(block -> block.contains(address));
    Long counted = addresses.enter(address, trusted ? 0 : now.maxConnectionsPerAddress());
    if (counted == null) {
      tooMany.add(
          times ->
              LOG.warn(
                  "listener {}: {} has more than {} connections; {} refused in the last second",
                  now.name(),
                  address.getHostAddress(),
                  now.maxConnectionsPerAddress(),
                  times));
    }
    return counted;
  }

  /** Connections that were refused because their addresses had too many, since start. */
  public long tooManyPerAddress() {
    return tooMany.count();
  }

  private static void refuse(Channel channel) {
    // A reset leaves nothing behind at either side.
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
  }

  private void onClosed(Connection connection) {
    connection.onClosed();
    open.remove(connection);
    if (!waiting.remove(connection)) {
      giveBackSlot();
    }
    startWaiting();
    for (Listener other : loops.crowded()) {
      other.startWaiting();
    }
  }

  /** Whether clients have had to wait for a place a moment ago. */
  boolean isCrowded() {
    return deferred.isOn();
  }

  private void startWaiting() {
    while (!waiting.isEmpty() && takeSlot()) {
      Connection next = waiting.poll();
      if (next == null) {
        giveBackSlot();
      } else {
        start(next);
      }
    }
    if (waiting.isEmpty()) {
      loops.crowded().remove(this);
      acceptMore(true);
    }
  }

  private boolean takeSlot() {
    int maxConnections = settings().maxConnections();
    if (connections.getAndUpdate(open -> Math.min(open + 1, maxConnections)) >= maxConnections) {
      return false;
    }
    if (loops.files().takeClient()) {
      return true;
    }
    connections.decrementAndGet();
    return false;
  }

  private void giveBackSlot() {
    connections.decrementAndGet();
    loops.files().giveBackClient();
  }

  private void acceptMore(boolean more) {
    boolean accepting = more || unbinding;
    acceptors.forEach(acceptor -> acceptor.config().setAutoRead(accepting));
  }

  /**
   * Netty waits a second before it accepts again; this is only that the log says it in one line.
   */
  private final class AcceptFailures extends ChannelInboundHandlerAdapter {

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      acceptFailures.add(
          times ->
              LOG.warn(
                  "listener {}: {} connections could not be accepted: {}",
                  settings().name(),
                  times,
                  cause.getMessage()));
    }
  }

  private void start(Connection connection) {
    // Once the channel is registered and active, its addresses are known.
    Loop loop = connection.loop();
    loop.execute(connection::begin, loop.faults().in("a connection", connection::abort));
  }
}
