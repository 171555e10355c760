package dev.limpet.cluster;

import akka.protobufv3.internal.ByteString;
import akka.remote.ArteryControlFormats;
import akka.remote.ContainerFormats;
import akka.remote.ContainerFormats.PatternType;
import dev.limpet.model.net.HostPort;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Somebody who writes the bytes of Akka's remoting by hand, as no actor system would send them. */
final class RawPeer implements AutoCloseable {

  static final int CLUSTER = 5;
  static final int SELECTION = 6;
  static final int REPLICATOR = 12;
  static final int REPLICATED_DATA = 11;
  static final int REMOTING = 17;

  private static final byte MESSAGES = 2;
  private static final int HEADER = 28;

  private final Socket socket;
  private final HostPort node;
  private long identity;

  /**
   * @param socket connected to the node
   */
  RawPeer(Socket socket, HostPort node) throws IOException {
    this.socket = socket;
    this.node = node;
    socket.getOutputStream().write(new byte[] {'A', 'K', 'K', 'A', MESSAGES});
  }

  static RawPeer connect(HostPort node) throws IOException {
    return new RawPeer(new Socket(node.host(), node.port()), node);
  }

  /**
   * @param from where it says that it is
   * @param number of its actor system
   */
  void introduce(HostPort from, long number) throws IOException {
    identity = number;
    send(
        REMOTING,
        "d",
        "",
        ArteryControlFormats.HandshakeReq.newBuilder()
            .setFrom(
                ArteryControlFormats.UniqueAddress.newBuilder()
                    .setAddress(address(from))
                    .setUid(number))
            .setTo(address(node))
            .build()
            .toByteArray());
  }

  /**
   * @param actor its path, or empty
   */
  void send(int serializer, String manifest, String actor, byte[] message) throws IOException {
    String recipient = actor.isEmpty() ? "" : "akka://limpet@" + node + actor;
    ByteBuffer frame =
        ByteBuffer.allocate(HEADER + 6 + recipient.length() + manifest.length() + message.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0)
            .putLong(identity)
            .putInt(serializer)
            // Where the texts of sender, recipient and manifest are; less than this says a number
            // in a table.
            .putInt(HEADER)
            .putInt(HEADER)
            .putInt(HEADER)
            .putShort((short) 0)
            .putShort((short) recipient.length())
            .put(recipient.getBytes(StandardCharsets.US_ASCII))
            .putShort((short) manifest.length())
            .put(manifest.getBytes(StandardCharsets.US_ASCII))
            .put(message);
    sendFrame(frame.array());
  }

  /**
   * From somebody else each time, who sends it by a number in the table that he should have been
   * given.
   */
  void sendAsOthers(int count) throws IOException {
    ByteBuffer frames =
        ByteBuffer.allocate(count * (Integer.BYTES + HEADER)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      frames
          .putInt(HEADER)
          .putInt(0x01010000)
          .putLong(1_000_000 + i)
          .putInt(CLUSTER)
          .putInt(0xff000000)
          .putInt(0xff000000)
          .putInt(0xff000000);
    }
    socket.getOutputStream().write(frames.array());
  }

  void sendFrame(byte[] frame) throws IOException {
    sendLength(frame.length);
    socket.getOutputStream().write(frame);
  }

  void sendLength(int length) throws IOException {
    socket
        .getOutputStream()
        .write(
            ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, length)
                .array());
  }

  /** A message to whoever is at that path, which is a message itself. */
  static byte[] selection(int serializer, String manifest, byte[] message) {
    return ContainerFormats.SelectionEnvelope.newBuilder()
        .setEnclosedMessage(ByteString.copyFrom(message))
        .setSerializerId(serializer)
        .setMessageManifest(ByteString.copyFromUtf8(manifest))
        .addPattern(
            ContainerFormats.Selection.newBuilder()
                .setType(PatternType.CHILD_NAME)
                .setMatcher("system"))
        .build()
        .toByteArray();
  }

  private static ArteryControlFormats.Address address(HostPort at) {
    return ArteryControlFormats.Address.newBuilder()
        .setProtocol("akka")
        .setSystem("limpet")
        .setHostname(at.host())
        .setPort(at.port())
        .build();
  }

  Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
