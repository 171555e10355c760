package dev.limpet.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.cluster.port.Gate;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody with a certificate of the cluster's sends that is no message. */
class FramesTest {

  private static final int LONGEST = 256 * 1024;

  @TempDir private static Path directory;

  @Test
  void aLengthThatNoNodeSendsClosesTheConnection() throws IOException {
    TestCertificate certificate = TestCertificate.create(directory, "ip:127.0.0.1");
    int[] peers = {Ports.free(), Ports.free()};
    HostPort at = new HostPort("127.0.0.1", peers[0]);
    HostPort self = new HostPort("127.0.0.1", peers[1]);
    SSLContext tls = certificate.mutualContext();
    try (TestNode node =
        TestNode.start(
            peers[0],
            peers,
            new Settings.ClusterTls(
                certificate.chain(), certificate.key(), certificate.chain(), List.of()))) {
      Gate gate = node.cluster().gate();
      int[] lengths = {-4, Integer.MIN_VALUE, 0, 27, LONGEST + 1, Integer.MAX_VALUE};
      for (int i = 0; i < lengths.length; i++) {
        try (RawPeer peer = connect(tls, at)) {
          peer.introduce(self, 1);
          peer.send(RawPeer.CLUSTER, "D", "/system/cluster/core/daemon", new byte[0]);
          awaitCount(gate, "message", i + 1);
          peer.sendLength(lengths[i]);
          awaitEnd(peer.socket());
          awaitCount(gate, "unreadable", i + 1);
        }
      }
      try (RawPeer peer = connect(tls, at)) {
        peer.introduce(self, 1);
        int around = "akka://limpet@".length() + at.toString().length() + 28 + 6 + "/D".length();
        peer.send(RawPeer.CLUSTER, "D", "/", new byte[LONGEST - around]);
        awaitCount(gate, "message", lengths.length + 1);
      }
    }
  }

  private static RawPeer connect(SSLContext tls, HostPort at) throws IOException {
    return new RawPeer(tls.getSocketFactory().createSocket(at.host(), at.port()), at);
  }

  private static void awaitEnd(Socket socket) throws IOException {
    socket.setSoTimeout(60_000);
    try {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    } catch (SocketTimeoutException stillOpen) {
      throw new AssertionError("the connection is still open", stillOpen);
    } catch (IOException reset) {
      // Ended as well.
    }
  }

  private static void awaitCount(Gate gate, String kind, long count) {
    await(kind).untilAsserted(() -> assertThat(gate.count(kind)).isGreaterThanOrEqualTo(count));
  }
}
