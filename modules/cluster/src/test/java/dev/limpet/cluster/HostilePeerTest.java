package dev.limpet.cluster;

import static dev.limpet.model.settings.Settings.Replicate.QUORUM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.cluster.ddata.protobuf.msg.ReplicatedDataMessages;
import akka.cluster.ddata.protobuf.msg.ReplicatorMessages;
import akka.cluster.protobuf.msg.ClusterMessages;
import akka.protobufv3.internal.ByteString;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.state.SessionKey;
import dev.limpet.testkit.Ports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A peer that has been taken over, and sends what ends processes: it ends none. */
class HostilePeerTest {

  private static final String DAEMON = "/system/cluster/core/daemon";
  private static final String REPLICATOR = "/system/ddataReplicator";

  /** As many failures of its inbound streams as Akka puts up with, and more. */
  private static final int OFTEN = 20;

  private static final int MEGABYTE = 1 << 20;
  private static final ListAppender<ILoggingEvent> LINES = new ListAppender<>();

  private static HostPort at;
  private static HostPort other;
  private static HostPort self;
  private static TestNode node;
  private static TestNode second;
  private static long sessions;
  private static long number;

  @BeforeAll
  static void start() {
    LINES.start();
    ((Logger) LoggerFactory.getLogger("dev.limpet")).addAppender(LINES);
    int[] peers = {Ports.free(), Ports.free(), Ports.free()};
    at = new HostPort("127.0.0.1", peers[0]);
    other = new HostPort("127.0.0.1", peers[1]);
    self = new HostPort("127.0.0.1", peers[2]);
    node = TestNode.start(peers[0], peers, 1);
    second = TestNode.start(peers[1], peers, 1);
    node.awaitReady();
    second.awaitReady();
    node.awaitMembers(2);
  }

  @AfterAll
  static void stop() {
    node.close();
    second.close();
    ((Logger) LoggerFactory.getLogger("dev.limpet")).detachAppender(LINES);
  }

  @AfterEach
  void bothNodesAreWell() {
    node.awaitMembers(2);
    SessionKey key = new SessionKey(1, ++sessions);
    node.cluster()
        .sessions()
        .bind(key, 7, Duration.ofMinutes(1), QUORUM)
        .toCompletableFuture()
        .join();
    // Where the first was too busy to hear of it, the other gets it later.
    await().until(() -> second.cluster().sessions().find(key, Duration.ofMinutes(1)) != null);
    assertThat(List.copyOf(LINES.list))
        .extracting(ILoggingEvent::getFormattedMessage)
        .noneMatch(said -> said.contains("joins again"));
  }

  @Test
  void whatUnpacksToTooMuchIsRefused() throws IOException {
    byte[] bomb = bomb(200 * MEGABYTE);
    try (RawPeer peer = introduced()) {
      long refused = count("message");
      peer.send(RawPeer.CLUSTER, "W", DAEMON, bomb);
      peer.send(RawPeer.CLUSTER, "GE", DAEMON, gossip(bomb));
      peer.send(RawPeer.REPLICATOR, "N", REPLICATOR, bomb);
      peer.send(RawPeer.REPLICATOR, "I", REPLICATOR, write("I", bomb));
      peer.send(RawPeer.REPLICATOR, "N", REPLICATOR, packed(mapsOf(100, bomb(MEGABYTE))));
      awaitCount("message", refused + 5);
    }
  }

  @Test
  void messagesInMessagesAreRefused() throws IOException {
    try (RawPeer peer = introduced()) {
      long refused = count("message");
      peer.send(RawPeer.REPLICATOR, "I", REPLICATOR, write("E", nestedRegister(2000)));
      byte[] selections = new byte[0];
      for (int i = 0; i < 3000; i++) {
        selections = RawPeer.selection(RawPeer.SELECTION, "", selections);
      }
      peer.send(RawPeer.SELECTION, "", "/", selections);
      awaitCount("message", refused + 2);
    }
  }

  @Test
  void theSettingsOfANodeThatJoinsAreJson() throws IOException {
    try (RawPeer peer = introduced();
        ServerSocketChannel inside = ServerSocketChannel.open()) {
      inside
          .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .configureBlocking(false);
      String include =
          "include url(\"http://127.0.0.1:%d/\")".formatted(inside.socket().getLocalPort());
      long refused = count("unreadable");
      peer.send(RawPeer.CLUSTER, "IJ", DAEMON, initJoin(include));
      peer.send(RawPeer.CLUSTER, "IJA", DAEMON, initJoinAck(include));
      peer.send(RawPeer.CLUSTER, "IJ", DAEMON, initJoin("{\"a\":" + "[".repeat(100_000)));
      awaitCount("unreadable", refused + 3);
      assertThat(inside.accept()).isNull();
    }
  }

  @Test
  void aFalseIdentityIsRefused() throws IOException {
    try (RawPeer peer = RawPeer.connect(at)) {
      long refused = count("stranger");
      for (int i = 0; i < OFTEN; i++) {
        peer.introduce(at, ++number);
      }
      peer.introduce(self, ++number);
      for (int i = 0; i < OFTEN; i++) {
        peer.introduce(other, number);
      }
      awaitCount("stranger", refused + 2 * OFTEN);
    }
  }

  @Test
  void thoseWhoAreNotThereCostNothing() throws IOException {
    try (RawPeer peer = introduced()) {
      long refused = count("message");
      // At 256 KB each.
      peer.sendAsOthers(100_000);
      peer.send(RawPeer.CLUSTER, "D", DAEMON, new byte[0]);
      awaitCount("message", refused + 1);
    }
  }

  private static RawPeer introduced() throws IOException {
    RawPeer peer = RawPeer.connect(at);
    peer.introduce(self, ++number);
    return peer;
  }

  /**
   * An empty map, and then as any protocol buffer may go on: field 15, which is 0, again and again.
   */
  private static byte[] bomb(int count) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      ReplicatedDataMessages.LWWMap.newBuilder()
          .setKeys(
              ReplicatedDataMessages.ORSet.newBuilder()
                  .setVvector(ReplicatorMessages.VersionVector.getDefaultInstance()))
          .build()
          .writeTo(out);
      byte[] chunk = new byte[MEGABYTE];
      for (int i = 0; i < chunk.length; i += 2) {
        chunk[i] = 15 << 3;
      }
      for (int left = count; left > 0; left -= chunk.length) {
        out.write(chunk);
      }
    }
    return packed.toByteArray();
  }

  private static byte[] packed(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] gossip(byte[] packed) {
    ClusterMessages.UniqueAddress anybody =
        ClusterMessages.UniqueAddress.newBuilder().setAddress(clusterAddress()).setUid(300).build();
    return ClusterMessages.GossipEnvelope.newBuilder()
        .setFrom(anybody)
        .setTo(anybody)
        .setSerializedGossip(ByteString.copyFrom(packed))
        .build()
        .toByteArray();
  }

  private static byte[] initJoin(String settings) {
    return ClusterMessages.InitJoin.newBuilder().setCurrentConfig(settings).build().toByteArray();
  }

  private static byte[] initJoinAck(String settings) {
    return ClusterMessages.InitJoinAck.newBuilder()
        .setAddress(clusterAddress())
        .setConfigCheck(
            ClusterMessages.ConfigCheck.newBuilder()
                .setType(ClusterMessages.ConfigCheck.Type.CompatibleConfig)
                .setClusterConfig(settings))
        .build()
        .toByteArray();
  }

  private static ClusterMessages.Address clusterAddress() {
    return ClusterMessages.Address.newBuilder()
        .setSystem("limpet")
        .setHostname(self.host())
        .setPort(self.port())
        .build();
  }

  private static byte[] write(String manifest, byte[] data) {
    return ReplicatorMessages.Write.newBuilder()
        .setKey("declarations")
        .setEnvelope(envelope(manifest, data))
        .build()
        .toByteArray();
  }

  private static byte[] mapsOf(int count, byte[] packed) {
    ReplicatorMessages.Gossip.Builder gossip =
        ReplicatorMessages.Gossip.newBuilder().setSendBack(false).setFromSystemUid(300);
    for (int i = 0; i < count; i++) {
      gossip.addEntries(
          ReplicatorMessages.Gossip.Entry.newBuilder()
              .setKey("map-" + i)
              .setEnvelope(envelope("I", packed)));
    }
    return gossip.build().toByteArray();
  }

  private static ReplicatorMessages.DataEnvelope envelope(String manifest, byte[] data) {
    return ReplicatorMessages.DataEnvelope.newBuilder().setData(part(manifest, data)).build();
  }

  private static byte[] nestedRegister(int depth) {
    byte[] register = new byte[0];
    for (int i = 0; i < depth; i++) {
      register =
          ReplicatedDataMessages.LWWRegister.newBuilder()
              .setTimestamp(1)
              .setNode(
                  ReplicatorMessages.UniqueAddress.newBuilder()
                      .setAddress(
                          ReplicatorMessages.Address.newBuilder()
                              .setHostname(self.host())
                              .setPort(self.port()))
                      .setUid(300))
              .setState(part("E", register))
              .build()
              .toByteArray();
    }
    return register;
  }

  private static ReplicatorMessages.OtherMessage part(String manifest, byte[] bytes) {
    return ReplicatorMessages.OtherMessage.newBuilder()
        .setEnclosedMessage(ByteString.copyFrom(bytes))
        .setSerializerId(RawPeer.REPLICATED_DATA)
        .setMessageManifest(ByteString.copyFromUtf8(manifest))
        .build();
  }

  private static long count(String kind) {
    return node.cluster().gate().count(kind);
  }

  private static void awaitCount(String kind, long count) {
    await(kind).untilAsserted(() -> assertThat(count(kind)).isGreaterThanOrEqualTo(count));
  }
}
