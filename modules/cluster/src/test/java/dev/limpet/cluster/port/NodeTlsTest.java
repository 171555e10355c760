package dev.limpet.cluster.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.net.NamePattern;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.Settings;
import dev.limpet.testkit.TestCertificate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;

/** By which names nodes know each other; without a network. */
class NodeTlsTest {

  private static final String SHARED = "*.limpet-peers";
  private static final String ID = "spiffe://example.org/ns/edge/sa/limpet";

  @TempDir private static Path directory;

  private static TestCertificate pods;
  private static TestCertificate other;

  /** Believes both certificates. */
  private static Path authority;

  private final Gate gate = new Gate("limpet", List.of());

  @BeforeAll
  static void makeCertificates() throws IOException {
    pods = TestCertificate.create(directory.resolve("pods"), "dns:" + SHARED);
    other = TestCertificate.create(directory.resolve("other"), "dns:db.example", "uri:" + ID);
    authority =
        Files.writeString(
            directory.resolve("ca.crt"),
            Files.readString(pods.chain()) + Files.readString(other.chain()));
  }

  @Test
  void podsKnowEachOtherByTheNameThatTheyShareWhateverTheirAddresses() throws IOException {
    NodeTls pod = named(pods, SHARED);
    assertThat(meet(pod, pod, "10.0.0.7")).isEmpty();
    assertThat(gate.count("certificate")).isZero();
  }

  @Test
  void anIdInAUriDoesAsWell() throws IOException {
    NodeTls node = named(other, "spiffe://example.org/ns/*/sa/limpet");
    assertThat(meet(node, node, "10.0.0.7")).isEmpty();
  }

  /** The authority has certified it for something else. */
  @Test
  void whoHasNoneOfTheNamesIsRefusedByWhomeverItMeets() throws IOException {
    NodeTls pod = named(pods, SHARED);
    NodeTls stranger = named(other, "db.example", SHARED);
    assertThat(meet(stranger, pod, "10.0.0.7"))
        .singleElement()
        .asString()
        .contains("CN=test has no name of cluster.tls.names, [*.limpet-peers], but", "db.example");
    assertThat(meet(pod, stranger, "10.0.0.7")).hasSize(1);
    assertThat(gate.count("certificate")).as("by the one that connects").isOne();
  }

  @Test
  void aNodeWhoseOwnCertificateHasNoneOfTheNamesSaysSo() {
    assertThatThrownBy(() -> named(other, SHARED))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("own.crt: has no name of cluster.tls.names, [*.limpet-peers], but");
  }

  @Test
  void aStarInACertificateIsForHostsOfThePeers() throws IOException {
    NodeTls node = addressed("limpet-0.limpet-peers", "limpet-1.limpet-peers");
    assertThat(meet(node, node, "limpet-1.limpet-peers")).isEmpty();
    NodeTls elsewhere = addressed("limpet-0.limpet-peers", "limpet-1.elsewhere");
    assertThat(meet(elsewhere, elsewhere, "limpet-0.limpet-peers")).isEmpty();
    assertThatThrownBy(() -> meet(node, node, "limpet-1.elsewhere"))
        .isInstanceOf(SSLException.class);
    assertThatThrownBy(() -> addressed("a.b.limpet-peers"))
        .hasMessageContaining("does not name \"a.b.limpet-peers\", the host of cluster.address");
  }

  private NodeTls named(TestCertificate certificate, String... names) throws IOException {
    return of(certificate, "10.0.0.1", List.of(), Stream.of(names).map(NamePattern::new).toList());
  }

  /** By address, which is the first of the peers'. */
  private NodeTls addressed(String... peers) throws IOException {
    return of(
        pods,
        peers[0],
        Stream.of(peers).map(host -> new HostPort(host, 25520)).toList(),
        List.of());
  }

  private NodeTls of(
      TestCertificate certificate, String host, List<HostPort> peers, List<NamePattern> names)
      throws IOException {
    Settings.ClusterTls tls =
        new Settings.ClusterTls(certificate.chain(), certificate.key(), authority, names);
    HostPort address = new HostPort(host, 25520);
    return NodeTls.of(
        gate,
        new Settings.Cluster(
            "limpet",
            address,
            address,
            peers,
            Optional.empty(),
            3,
            Duration.ofSeconds(60),
            3,
            Duration.ofSeconds(30),
            500_000,
            Optional.of(tls),
            false,
            new KeyRing(List.of())),
        tls);
  }

  /**
   * Has one connect to the other.
   *
   * @return why one of them closes the connection after the handshake
   */
  private static List<String> meet(NodeTls from, NodeTls to, String host) throws SSLException {
    SSLEngine client = from.createClientSSLEngine(host, 25520);
    SSLEngine server = to.createServerSSLEngine("to", 25520);
    ByteBuffer there = ByteBuffer.allocate(1 << 16);
    ByteBuffer back = ByteBuffer.allocate(1 << 16);
    client.beginHandshake();
    server.beginHandshake();
    while (isShakingHands(client) || isShakingHands(server)) {
      step(client, there, back);
      step(server, back, there);
    }
    List<String> refusals = new ArrayList<>();
    for (Option<Throwable> refusal :
        List.of(
            from.verifyClientSession(host, client.getSession()),
            to.verifyServerSession("from", server.getSession()))) {
      if (refusal.isDefined()) {
        refusals.add(String.valueOf(refusal.get().getMessage()));
      }
    }
    return refusals;
  }

  private static boolean isShakingHands(SSLEngine engine) {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
  }

  /** Sends what is to be sent, and takes what is there. */
  private static void step(SSLEngine engine, ByteBuffer out, ByteBuffer in) throws SSLException {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      engine.wrap(ByteBuffer.allocate(0), out);
    } else if (in.position() > 0) {
      in.flip();
      engine.unwrap(in, ByteBuffer.allocate(1 << 16));
      in.compact();
    }
  }
}
