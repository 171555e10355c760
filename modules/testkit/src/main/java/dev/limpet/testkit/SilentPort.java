package dev.limpet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A port that neither takes a connection nor refuses it: the queue of its listener is full. */
public final class SilentPort implements AutoCloseable {

  private final ServerSocket server;
  private final List<Socket> queued = new ArrayList<>();

  /**
   * @param port 0 for any free one
   */
  public SilentPort(String address, int port) {
    try {
      server = new ServerSocket(port, 1, InetAddress.ofLiteral(address));
      fill(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void fill(InetSocketAddress at) throws IOException {
    while (true) {
      Socket socket = new Socket();
      queued.add(socket);
      try {
        socket.connect(at, 300);
      } catch (SocketTimeoutException full) {
        return;
      }
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() {
    try {
      for (Socket socket : queued) {
        socket.close();
      }
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
