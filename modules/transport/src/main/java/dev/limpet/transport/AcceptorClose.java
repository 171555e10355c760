package dev.limpet.transport;

import akka.Done;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.loop.NativeIo;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.unix.RawUnixChannelOption;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Closes a listening socket without a client losing its connection. Closing it at once would reset
 * all that the kernel has accepted, or is about to, and we have not: to those clients the
 * connection stands.
 *
 * <p>On Linux a socket filter first drops the packets that ask for new connections, so that those
 * which have begun come to their end and the queue runs dry. Clients ask again after a second (RFC
 * 6298, 2), and are refused. Elsewhere there is no such means, and the socket is closed at the
 * first moment at which nothing seems to wait.
 */
final class AcceptorClose extends ChannelInboundHandlerAdapter {

  private static final Duration CHECK = Duration.ofMillis(25);

  /** So often in a row nobody must have come: 200 ms, for handshakes that are under way. */
  private static final int QUIET_CHECKS = 8;

  /** The same where there is no filter, and waiting for long helps nobody. */
  private static final int UNFILTERED_QUIET_CHECKS = 2;

  private static final int UNFILTERED_CHECKS = 20;

  /** {@code struct sock_fprog} of 64-bit Linux: u16 length at 0, pointer at 8. */
  private static final int SOCK_FPROG_BYTES = 16;

  private static final int POINTER_AT = 8;

  /** Linux: {@code setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, struct sock_fprog)}. */
  private static final RawUnixChannelOption SO_ATTACH_FILTER =
      new RawUnixChannelOption("SO_ATTACH_FILTER", 1, 26, SOCK_FPROG_BYTES);

  /** Drops what has SYN set and not ACK; it gets TCP segments, and the flags are their byte 13. */
  private static final ByteBuffer FILTER =
      program(
          instruction(0x30, 0, 0, 13), // load byte 13
          instruction(0x54, 0, 0, 0x12), // keep SYN and ACK of it
          instruction(0x15, 0, 1, 0x02), // unless that is SYN, pass over the next
          instruction(0x06, 0, 0, 0), // drop
          instruction(0x06, 0, 0, -1)); // take

  private final Channel acceptor;
  private final Loop loop;

  /** Then clients may be reset, but nobody waits for an end that never comes. */
  private final Consumer<Throwable> broken;

  private final CompletableFuture<Done> closed = new CompletableFuture<>();
  private boolean filtered;
  private int checks;
  private int quietChecks;

  private AcceptorClose(Channel acceptor, Loop loop) {
    this.acceptor = acceptor;
    this.loop = loop;
    this.broken = loop.faults().in("a listener", acceptor::close);
  }

  /**
   * Closes a listening socket, which has to accept what comes until then.
   *
   * @param loop the channel's
   * @return completes when the socket is closed
   */
  static CompletionStage<Done> start(Channel acceptor, Loop loop) {
    AcceptorClose close = new AcceptorClose(acceptor, loop);
    acceptor.closeFuture().addListener(done -> close.closed.complete(Done.getInstance()));
    loop.execute(close::refuseNewConnections, close.broken);
    return close.closed;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object accepted) {
    quietChecks = 0;
    context.fireChannelRead(accepted);
  }

  private void refuseNewConnections() {
    if (!acceptor.isOpen()) {
      return;
    }
    filtered = NativeIo.BEST == NativeIo.EPOLL && attachFilter();
    acceptor.pipeline().addFirst(this);
    acceptor.config().setAutoRead(true);
    checkLater();
  }

  /**
   * A busy loop may come late to its sockets. But it does look at them between a task and another
   * that the first one has scheduled, so each check has had its chance to see somebody come.
   */
  private void checkLater() {
    loop.schedule(this::check, CHECK, broken);
  }

  private void check() {
    checks++;
    quietChecks++;
    boolean over =
        filtered
            ? quietChecks > QUIET_CHECKS
            : quietChecks > UNFILTERED_QUIET_CHECKS || checks > UNFILTERED_CHECKS;
    if (over) {
      acceptor.close();
    } else {
      checkLater();
    }
  }

  private boolean attachFilter() {
    long address = MemorySegment.ofBuffer(FILTER).address();
    ByteBuffer argument = ByteBuffer.allocate(SOCK_FPROG_BYTES).order(ByteOrder.nativeOrder());
    argument.putShort(0, (short) (FILTER.capacity() / Long.BYTES)).putLong(POINTER_AT, address);
    try {
      return acceptor.config().setOption(SO_ATTACH_FILTER, argument);
    } catch (ChannelException notAllowed) {
      return false;
    }
  }

  /** A {@code struct sock_filter}: u16 code, u8 jt, u8 jf, u32 k. */
  private static byte[] instruction(int code, int ifTrue, int ifFalse, int operand) {
    return ByteBuffer.allocate(Long.BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort((short) code)
        .put((byte) ifTrue)
        .put((byte) ifFalse)
        .putInt(operand)
        .array();
  }

  private static ByteBuffer program(byte[]... instructions) {
    ByteBuffer program = ByteBuffer.allocateDirect(instructions.length * Long.BYTES);
    for (byte[] instruction : instructions) {
      program.put(instruction);
    }
    return program.flip();
  }
}
