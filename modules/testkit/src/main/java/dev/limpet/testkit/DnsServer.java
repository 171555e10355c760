package dev.limpet.testkit;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A name server on the loopback, by UDP and TCP, whose one zone can be changed while it runs. */
public final class DnsServer implements AutoCloseable {

  private static final int PLAIN_UDP = 512;

  private final ServerSocket tcp;
  private final DatagramSocket udp;
  private final AtomicInteger questions = new AtomicInteger();
  private final AtomicInteger byTcp = new AtomicInteger();
  private volatile List<Record> zone = List.of();
  private volatile boolean failing;

  public DnsServer() {
    try {
      // Not one of those that clients' sockets get, by UDP as well.
      tcp = new ServerSocket(Ports.free(), 50, InetAddress.getLoopbackAddress());
      udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::serveUdp);
    Thread.ofVirtual().start(this::serveTcp);
  }

  public int port() {
    return tcp.getLocalPort();
  }

  /**
   * From now on it knows these records, as in a master file (RFC 1035): {@code app. 1 A 10.0.0.1}.
   */
  public void know(String... lines) {
    byte[] file = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII);
    try (Master master = new Master(new ByteArrayInputStream(file), Name.root)) {
      List<Record> records = new ArrayList<>();
      for (Record next = master.nextRecord(); next != null; next = master.nextRecord()) {
        records.add(next);
      }
      zone = List.copyOf(records);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it answers everything with SERVFAIL. */
  public void fail(boolean all) {
    failing = all;
  }

  /** How many questions it has been asked. */
  public int questions() {
    return questions.get();
  }

  /** How many of them came by TCP. */
  public int questionsByTcp() {
    return byTcp.get();
  }

  @Override
  public void close() {
    try {
      udp.close();
      tcp.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serveUdp() {
    byte[] buffer = new byte[4096];
    while (!udp.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        udp.receive(packet);
        Message query = new Message(Arrays.copyOf(buffer, packet.getLength()));
        OPTRecord options = query.getOPT();
        byte[] answer =
            answer(query).toWire(options == null ? PLAIN_UDP : options.getPayloadSize());
        udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serveTcp() {
    while (!tcp.isClosed()) {
      try {
        Socket client = tcp.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      DataOutputStream out = new DataOutputStream(client.getOutputStream());
      while (true) {
        byte[] query = in.readNBytes(in.readUnsignedShort());
        byTcp.incrementAndGet();
        byte[] answer = answer(new Message(query)).toWire();
        out.writeShort(answer.length);
        out.write(answer);
      }
    } catch (IOException gone) {
      // So is the client.
    }
  }

  private Message answer(Message query) {
    questions.incrementAndGet();
    Record question = query.getQuestion();
    Message answer = new Message(query.getHeader().getID());
    Header header = answer.getHeader();
    header.setFlag(Flags.QR);
    header.setFlag(Flags.AA);
    answer.addRecord(question, Section.QUESTION);
    if (failing) {
      header.setRcode(Rcode.SERVFAIL);
    } else if (zone.stream().noneMatch(known -> known.getName().equals(question.getName()))) {
      header.setRcode(Rcode.NXDOMAIN);
    } else {
      add(question.getName(), question.getType(), answer);
    }
    return answer;
  }

  /** With the alias, as name servers do. */
  private void add(Name name, int type, Message answer) {
    for (Record record : zone) {
      boolean isAlias = record instanceof CNAMERecord;
      if (record.getName().equals(name) && (isAlias || record.getType() == type)) {
        answer.addRecord(record, Section.ANSWER);
        if (isAlias) {
          add(((CNAMERecord) record).getTarget(), type, answer);
        }
      }
    }
  }
}
