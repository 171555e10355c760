package dev.limpet.cluster.state;

import dev.limpet.model.net.HostPort;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Asks which nodes are dead for sure: a machine that runs refuses connections for a process that
 * does not.
 */
final class Refusals {

  private static final int TIMEOUT_MILLIS = 500;

  private static final Executor THREADS = Thread::startVirtualThread;

  private Refusals() {}

  /** How many of these nodes refuse connections. */
  static CompletionStage<Integer> count(List<HostPort> nodes) {
    List<CompletableFuture<Boolean>> asked =
        nodes.stream()
            .map(node -> CompletableFuture.supplyAsync(() -> refuses(node), THREADS))
            .toList();
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(done -> (int) asked.stream().filter(CompletableFuture::join).count());
  }

  private static boolean refuses(HostPort node) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(node.host(), node.port()), TIMEOUT_MILLIS);
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
