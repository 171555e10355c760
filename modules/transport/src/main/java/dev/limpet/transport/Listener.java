package dev.limpet.transport;

import akka.Done;
import dev.limpet.model.live.Figures;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.loop.EventLoops;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.meter.ConnectionMeter;
import dev.limpet.transport.report.Occurrences;
import dev.limpet.transport.tls.TlsServer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** An address on which connections are accepted, by every loop at once. For any thread. */
public final class Listener {

  /** Clients that have connected and said nothing get so long once no more are taken. */
  private static final Duration SILENCE = Duration.ofSeconds(6);

  private final BiConsumer<Connection, Settings.Listener> handler;
  private final Eviction eviction;
  private final Acceptors acceptors;
  private final Admission admission;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Occurrences proxyHeadersRefused = new Occurrences();
  private final ConnectionMeter meter = new ConnectionMeter();
  private volatile Rules rules;

  /** How a connection is served, from its acceptance to its end. */
  private record Rules(Settings.Listener settings, @Nullable TlsServer tls) {}

  private Listener(
      Eviction eviction, Rules rules, BiConsumer<Connection, Settings.Listener> handler) {
    this.eviction = eviction;
    this.rules = rules;
    this.handler = handler;
    this.acceptors = new Acceptors(eviction.loops(), () -> settings().name(), this::accept);
    this.admission = new Admission(this::settings, acceptors, eviction, SILENCE);
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
    Listener listener =
        new Listener(Eviction.of(loops.system()), new Rules(settings, tls), handler);
    return listener.acceptors.bind(settings.bind()).thenApply(_ -> listener);
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
    acceptors.accept(true);
    admission.admitWaiting();
  }

  /** The settings for connections that are accepted from now on. */
  public Settings.Listener settings() {
    return rules.settings();
  }

  /** The TLS of connections that are accepted from now on; null for plain ones. */
  public @Nullable TlsServer tls() {
    return rules.tls();
  }

  public InetSocketAddress localAddress() {
    return acceptors.localAddress();
  }

  /** Takes the connections that the kernel has accepted, and no more; those that are open go on. */
  public CompletionStage<Done> unbind() {
    CompletionStage<Void> closed = acceptors.close();
    open.forEach(connection -> connection.closeUnlessUsed(SILENCE));
    return closed.thenApply(_ -> Done.getInstance());
  }

  /** Connections that were to begin with a PROXY header, and came from no trusted proxy. */
  public Occurrences proxyHeadersRefused() {
    return proxyHeadersRefused;
  }

  /** How many connections are served. */
  public int connections() {
    return admission.served();
  }

  /** What has become of its connections, since start. */
  public Figures.OfListener figures() {
    return meter.figures(settings().name(), connections());
  }

  /** Whether no connection is open, nor waits to be served. */
  public boolean isIdle() {
    return admission.isEmpty();
  }

  /** Idle connections that were closed to make room for others, since start. */
  public long closedIdle() {
    return admission.closedIdle();
  }

  /** Connections that were refused because their addresses had too many, since start. */
  public long tooManyPerAddress() {
    return admission.tooManyPerAddress();
  }

  /** Puts a connection's pipeline together, or refuses it where memory is short. On its loop. */
  private void accept(Loop loop, Channel channel) {
    meter.accepted();
    LoopEviction others = eviction.of(loop);
    if (!others.heavy().makeRoom()) {
      loop.memory().budget().countRefused();
      meter.dropped();
      reset(channel);
      return;
    }
    others.idle().makeRoomForOne();
    Connection connection = new Connection(others, channel, admission, meter);
    Rules now = rules;
    ChannelPipeline pipeline = channel.pipeline();
    if (now.settings().proxyProtocol()) {
      pipeline.addLast(new NonTcpProxyHeaders(), new HAProxyMessageDecoder());
    }
    if (now.tls() != null) {
      pipeline.addLast(new FirstBytes(connection), now.tls().handler(channel.alloc(), loop));
    }
    pipeline.addLast(
        new ProtocolDetector(
            connection,
            now.settings(),
            proxyHeadersRefused,
            ready -> handler.accept(ready, now.settings())),
        connection.inbound());
    open.add(connection);
    channel.closeFuture().addListener(_ -> forget(connection));
    admission.enter(connection);
  }

  private static void reset(Channel channel) {
    // A reset leaves nothing behind at either side.
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
  }

  private void forget(Connection closed) {
    closed.onClosed();
    open.remove(closed);
    admission.leave(closed);
  }
}
