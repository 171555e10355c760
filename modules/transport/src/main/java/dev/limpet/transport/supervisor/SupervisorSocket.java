package dev.limpet.transport.supervisor;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/**
 * The socket at which a supervisor hears what becomes of this process (<a
 * href="https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html">sd_notify(3)</a>).
 * For all threads but event loops.
 *
 * @param address as {@code NOTIFY_SOCKET} has it: a path, or a name in the abstract space that
 *     begins with {@code @}
 */
public record SupervisorSocket(String address) {

  private static final int TRIES = 100;
  private static final long PAUSE_NANOS = 10_000_000;

  /**
   * Waits for at most a second while the supervisor is behind with its messages.
   *
   * @param message lines such as {@code READY=1}
   * @throws IOException where nobody listens, or this system has no such sockets
   */
  public void send(String message) throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException("there is no native transport", Epoll.unavailabilityCause());
    }
    Socket socket = Socket.newSocketDomainDgram();
    try {
      String path = address.startsWith("@") ? "\0" + address.substring(1) : address;
      socket.connect(new DomainSocketAddress(path));
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      write(socket, ByteBuffer.allocateDirect(bytes.length).put(bytes));
    } catch (NotYetConnectedException e) {
      throw new IOException("the supervisor has closed its socket", e);
    } finally {
      socket.close();
    }
  }

  private static void write(Socket socket, ByteBuffer message) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      if (socket.write(message, 0, message.capacity()) > 0) {
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new IOException("the supervisor takes no messages");
  }
}
