package dev.limpet.transport;

import akka.NotUsed;
import akka.stream.Attributes;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import dev.limpet.transport.limits.LoopMemory;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.meter.ConnectionMeter;
import dev.limpet.transport.tunnel.TunnelEnd;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection. Once a request has begun on it, its {@link #FLOW} is to be run; as an
 * attribute of the stream it tells the flow which connection to be. For its loop, but for what says
 * otherwise.
 */
public final class Connection implements Attributes.Attribute {

  /**
   * The bytes of the connection that is among the stream's attributes: to be run once for each, on
   * its loop's dispatcher. One flow for all, since putting a stream together costs more than a
   * request.
   */
  public static final Flow<ByteString, ByteString, NotUsed> FLOW =
      Flow.fromGraph(new ChannelStage());

  private final LoopEviction loop;
  private final Channel channel;
  private final Admission admission;
  private final ConnectionMeter meter;
  private final Footprint footprint;
  private final Inbound inbound;
  private final Activity activity;
  private final LoopMemory.Charge unsent;
  private long acceptedAt;
  private boolean idle;
  private long idleSince;
  private boolean heldUp;
  private @Nullable Long countedUnder;
  private ChannelStage.@Nullable Logic stream;
  private boolean expectsNothing;
  private boolean expectsMore;
  private boolean endsSoon;
  private Runnable inputEnd = () -> {};
  private @Nullable InetSocketAddress introduced;
  private Protocol protocol = Protocol.HTTP_1;

  /**
   * @param loop the channel's
   * @param admission of its listener
   */
  Connection(LoopEviction loop, Channel channel, Admission admission, ConnectionMeter meter) {
    this.loop = loop;
    this.channel = channel;
    this.admission = admission;
    this.meter = meter;
    this.footprint = new Footprint(this, loop.loop().memory(), loop.heavy());
    this.unsent = charge();
    this.inbound = new Inbound(charge(), this::markBusy, loop.loop().faults());
    this.activity = new Activity(channel, inbound);
  }

  public Loop loop() {
    return loop.loop();
  }

  /** Counts what becomes of its listener's connections. */
  public ConnectionMeter meter() {
    return meter;
  }

  public InetSocketAddress local() {
    return (InetSocketAddress) channel.localAddress();
  }

  /** The client's address; what a PROXY protocol header says if there was one. */
  public InetSocketAddress remote() {
    return introduced == null ? (InetSocketAddress) channel.remoteAddress() : introduced;
  }

  public Protocol protocol() {
    return protocol;
  }

  /**
   * Writes bytes past the flow, if the flow has nothing more to write at the moment; else they are
   * dropped. To be called on the connection's loop, between two messages of the flow.
   */
  public void writeBetween(ByteString bytes) {
    if (stream != null) {
      stream.writeBetween(bytes);
    }
  }

  /**
   * Ends the flow, but not the connection: it becomes one side of a tunnel. To be called on the
   * connection's loop, while the flow owes the client no bytes.
   *
   * @param early takes what the flow has been given but not used
   * @param receiver gets the connection on its loop, or null if the client has gone
   */
  public void detach(Supplier<ByteString> early, Consumer<@Nullable TunnelEnd> receiver) {
    Objects.requireNonNull(stream, "runs").detach(early, receiver);
  }

  /**
   * The client has said that it sends no more. When the flow ends, the connection is closed as soon
   * as all has been sent, without waiting for the client to close its side. On the loop.
   */
  public void expectNothing() {
    expectsNothing = true;
  }

  /**
   * The client has begun a message of which the flow has not got all: it may well go on with it
   * when the flow has ended. On the loop.
   */
  public void expectMore() {
    expectsMore = true;
  }

  /**
   * The client sends without end, and is not listened to for longer than it takes to be told why.
   * On the loop.
   */
  public void endSoon() {
    endsSoon = true;
  }

  boolean endsSoon() {
    return endsSoon;
  }

  boolean expectsMore() {
    return expectsMore;
  }

  /**
   * @param action runs on the loop, outside of the flow and perhaps more than once, when the client
   *     closes its side or is gone; not if it has done so before
   */
  public void onInputEnd(Runnable action) {
    inputEnd = action;
  }

  /** Whether the client has closed its side: what it has sent may still wait to be taken. */
  public boolean isInputEnded() {
    return !inbound.mayReceive();
  }

  /** Whether the client is gone, so that nothing reaches it any more. */
  public boolean isClosed() {
    return inbound.isClosed();
  }

  void inputEnded() {
    inputEnd.run();
  }

  boolean expectsNothing() {
    return expectsNothing;
  }

  Channel channel() {
    return channel;
  }

  Inbound inbound() {
    return inbound;
  }

  void run(ChannelStage.Logic running) {
    stream = running;
  }

  /** It goes on without one, and must not keep it in memory. */
  void forgetStream() {
    stream = null;
    inputEnd = () -> {};
  }

  void setRemote(InetSocketAddress address) {
    introduced = address;
  }

  void setProtocol(Protocol spoken) {
    protocol = spoken;
    if (spoken == Protocol.HTTP_2) {
      meter.http2Began();
    }
  }

  /** Ends the connection after so long, unless a request has begun; from any thread. */
  void closeUnlessUsed(Duration patience) {
    loop()
        .execute(
            () -> {
              ProtocolDetector detector = channel.pipeline().get(ProtocolDetector.class);
              if (detector != null) {
                detector.closeAfter(patience);
              }
            },
            loop().faults().in("a connection", this::abort));
  }

  /** Whether the client still sends and takes; look at it on the loop. */
  public Activity activity() {
    return activity;
  }

  /** When it was accepted; as {@link System#nanoTime}. */
  public long acceptedAt() {
    return acceptedAt;
  }

  /** Whether nothing is read from the client because this node is short of memory; on the loop. */
  public boolean isHeldUp() {
    return heldUp;
  }

  /**
   * Sets how many bytes serving the connection costs, beside what it has received and not sent. On
   * the loop.
   */
  public void costs(int bytes) {
    footprint.setServing(bytes);
  }

  /** A new charge, for something that is held for this client. */
  public LoopMemory.Charge charge() {
    return footprint.charge();
  }

  /** Bytes that are held for this client, of any kind. */
  long held() {
    return footprint.bytes();
  }

  /**
   * Nothing is under way: from now on, and until the client sends something, the connection may be
   * closed where there are too many. On the loop, while no message has begun.
   */
  public void markIdle() {
    if (!idle && !inbound.hasBytes() && channel.isActive()) {
      idle = true;
      idleSince = System.nanoTime();
      loop.idle().add(this);
    }
  }

  /** As {@link System#nanoTime}. */
  long idleSince() {
    return idleSince;
  }

  /**
   * The client has begun a TLS handshake. The connection may still be closed where there are too
   * many, but not as soon.
   */
  void markHandshaking() {
    if (idle) {
      loop.idle().remove(this);
      idleSince = System.nanoTime();
      loop.idle().addHandshaking(this);
    }
  }

  /** Something is under way, or else it is closed. */
  void markBusy() {
    if (idle) {
      idle = false;
      loop.idle().remove(this);
    }
  }

  boolean belongsTo(Admission asked) {
    return admission == asked;
  }

  /** It has been closed. */
  void onClosed() {
    if (protocol == Protocol.HTTP_2) {
      meter.http2Ended();
    }
    markBusy();
    footprint.end();
    if (countedUnder != null) {
      admission.leaveAddress(countedUnder);
      countedUnder = null;
    }
  }

  /**
   * Counts the connection for its client's address.
   *
   * @return false if that has too many, and this one must be closed
   */
  boolean enterAddress() {
    if (countedUnder != null) {
      admission.leaveAddress(countedUnder);
    }
    countedUnder = admission.enterAddress(remote().getAddress());
    return countedUnder != null;
  }

  /** Counts what the client has not taken yet; whenever that may have changed, on the loop. */
  public void countUnsent() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    unsent.set(buffer == null ? 0 : buffer.totalPendingWriteBytes());
  }

  void setHeldUp(boolean now) {
    heldUp = now;
  }

  /** Ends the connection at once; what the client has not taken yet is lost. */
  public void abort() {
    if (channel instanceof SocketChannel socket && socket.isOpen()) {
      socket.config().setSoLinger(0);
    }
    channel.close();
  }

  /** Ends the connection when all that was written has been sent; on the loop. */
  public void close() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** The connection has its slot; {@link ProtocolDetector} does the rest. */
  void startReading() {
    ProtocolDetector detector = channel.pipeline().get(ProtocolDetector.class);
    if (!channel.isActive() || detector == null) {
      return;
    }
    acceptedAt = System.nanoTime() - (admission.isCrowded() ? silentNanos() : 0);
    if (!detector.expectsProxyHeader() && !enterAddress()) {
      abort();
    } else {
      markIdle();
      idleSince = acceptedAt;
      detector.startReading();
    }
  }

  /**
   * How long the client has said nothing, if it has said nothing yet: it may have waited in the
   * kernel's queue.
   */
  private long silentNanos() {
    return channel instanceof EpollSocketChannel socket
        ? TimeUnit.MILLISECONDS.toNanos(socket.tcpInfo().lastAckRecv())
        : 0;
  }
}
