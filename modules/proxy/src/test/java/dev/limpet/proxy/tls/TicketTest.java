package dev.limpet.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.proxy.fixture.StandingCluster;
import dev.limpet.proxy.fixture.TrustingClient;
import dev.limpet.testkit.Origin;
import dev.limpet.testkit.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What opens tickets. In those of TLS 1.2 are the keys of the connection itself. */
class TicketTest {

  private static final String TLS_1_2 = "TLSv1.2";
  private static final String TLS_1_3 = "TLSv1.3";
  private static final int SERVER_HELLO = 2;
  private static final int NEW_SESSION_TICKET = 4;
  private static final short PRE_SHARED_KEY = 41;

  @TempDir private Path directory;

  private static byte[] random() {
    byte[] key = new byte[ClusterSnapshot.TICKET_KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return key;
  }

  private String listener() {
    TestCertificate own = TestCertificate.create(directory, "dns:app.example");
    return "test.listener.tls.certificates = [{ certificate = \"%s\", key = \"%s\" }]\n"
        .formatted(own.chain(), own.key());
  }

  @Test
  void aCookieKeyOpensNoTicket() throws Exception {
    byte[] ours = random();
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        ProxyFixture proxy = new ProxyFixture(listener(), origin.port())) {
      proxy.cluster().ticketKeys(ours);
      await().until(() -> sealsWith(ours, proxy));
      byte[] ticket = connect(proxy, TrustingClient.context(), TLS_1_2).ticket();
      byte[] cookieKey = StandingCluster.COOKIE_KEYS.keys().getFirst();
      assertThat(opens(Arrays.copyOf(cookieKey, 48), ticket)).isFalse();
      long period = System.currentTimeMillis() / 1000 / (12 * 3600);
      for (long at = period - 2; at <= period + 2; at++) {
        assertThat(opens(expanded(cookieKey, at), ticket)).isFalse();
      }
    }
  }

  @Test
  void aTicketIsGoodAtEachNodeForAsLongAsItsKeyIsThere() throws Exception {
    byte[] first = random();
    byte[] second = random();
    String listener = listener();
    try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        ProxyFixture one = new ProxyFixture(listener, origin.port());
        ProxyFixture other = new ProxyFixture(listener, origin.port())) {
      for (ProxyFixture node : List.of(one, other)) {
        node.cluster().ticketKeys(first);
        await().until(() -> sealsWith(first, node));
      }
      SSLContext client = TrustingClient.context();
      assertThat(resumes(one, client)).isFalse();
      assertThat(resumes(other, client)).isTrue();
      other.cluster().ticketKeys(second, first);
      await().until(() -> sealsWith(second, other));
      SSLContext late = TrustingClient.context();
      assertThat(resumes(one, late)).isFalse();
      assertThat(resumes(other, late)).as("the old key still opens").isTrue();
      other.cluster().ticketKeys(second);
      await().until(() -> opensNothingOf(one, other));
    }
  }

  private static boolean opensNothingOf(ProxyFixture one, ProxyFixture other) throws Exception {
    SSLContext client = TrustingClient.context();
    resumes(one, client);
    return !resumes(other, client);
  }

  /** As the keys of tickets were made of those of cookies. */
  private static byte[] expanded(byte[] secret, long period) throws GeneralSecurityException {
    byte[] label = "limpet tls ticket".getBytes(StandardCharsets.US_ASCII);
    byte[] info = ByteBuffer.allocate(32).put(label).putLong(24, period).array();
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    mac.update(info);
    byte[] first = mac.doFinal(new byte[] {1});
    mac.update(first);
    mac.update(info);
    return ByteBuffer.allocate(48).put(first).put(mac.doFinal(new byte[] {2}), 0, 16).array();
  }

  /** RFC 5077, section 4, as BoringSSL does it: name, IV, AES-128-CBC, HMAC-SHA256. */
  private static boolean opens(byte[] key, byte[] ticket) throws GeneralSecurityException {
    int end = ticket.length - 32;
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, 16, 16, "HmacSHA256"));
    mac.update(ticket, 0, end);
    if (!Arrays.equals(key, 0, 16, ticket, 0, 16)
        || !MessageDigest.isEqual(mac.doFinal(), Arrays.copyOfRange(ticket, end, ticket.length))) {
      return false;
    }
    Cipher aes = Cipher.getInstance("AES/CBC/PKCS5Padding");
    aes.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(key, 32, 16, "AES"),
        new IvParameterSpec(ticket, 16, 16));
    return aes.doFinal(ticket, 32, end - 32).length > 0;
  }

  /** What the server has said in a handshake, as anybody on the way reads it. */
  private record Recorded(List<ByteBuffer> messages) {

    ByteBuffer message(int type) {
      return messages.stream().filter(m -> m.get(0) == type).findFirst().orElseThrow();
    }

    /** Whether the server goes on with what was in a ticket (RFC 8446, 4.1.3 and 4.2.11). */
    boolean isResumed() {
      ByteBuffer hello = message(SERVER_HELLO);
      hello.position(4 + 2 + 32);
      hello.position(hello.position() + 1 + hello.get(hello.position()) + 2 + 1 + 2);
      while (hello.hasRemaining()) {
        if (hello.getShort() == PRE_SHARED_KEY) {
          return true;
        }
        int length = hello.getShort();
        hello.position(hello.position() + length);
      }
      return false;
    }

    byte[] ticket() {
      ByteBuffer message = message(NEW_SESSION_TICKET);
      byte[] ticket = new byte[message.getShort(8)];
      message.get(10, ticket);
      return ticket;
    }
  }

  private static boolean sealsWith(byte[] key, ProxyFixture proxy) throws Exception {
    return opens(key, connect(proxy, TrustingClient.context(), TLS_1_2).ticket());
  }

  private static boolean resumes(ProxyFixture proxy, SSLContext client) throws IOException {
    return connect(proxy, client, TLS_1_3).isResumed();
  }

  private static Recorded connect(ProxyFixture proxy, SSLContext context, String protocol)
      throws IOException {
    Tapped socket = new Tapped(proxy.proxy().addresses().getFirst().getPort());
    try (SSLSocket client =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(socket, "app.example", socket.getPort(), true)) {
      client.setEnabledProtocols(new String[] {protocol});
      client
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 200 ");
    }
    return new Recorded(handshake(ByteBuffer.wrap(socket.heard.toByteArray())));
  }

  /** The messages until the server begins to encrypt. */
  private static List<ByteBuffer> handshake(ByteBuffer records) {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    while (records.get() == 22) {
      byte[] fragment = new byte[records.getShort(records.position() + 2)];
      records.position(records.position() + 4);
      records.get(fragment);
      plain.writeBytes(fragment);
    }
    List<ByteBuffer> messages = new ArrayList<>();
    ByteBuffer all = ByteBuffer.wrap(plain.toByteArray());
    while (all.hasRemaining()) {
      int length = 4 + (all.getInt(all.position()) & 0xffffff);
      messages.add(all.slice(all.position(), length));
      all.position(all.position() + length);
    }
    return messages;
  }

  /** All of them to one port, as a client sees it: by that it knows its sessions. */
  private static final class Tapped extends Socket {

    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    Tapped(int port) throws IOException {
      super(InetAddress.getLoopbackAddress(), port);
      setSoTimeout(60_000);
    }

    @Override
    public int getPort() {
      return 443;
    }

    @Override
    public InputStream getInputStream() throws IOException {
      InputStream in = super.getInputStream();
      return new InputStream() {

        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          int count = in.read(bytes, offset, length);
          if (count > 0) {
            heard.write(bytes, offset, count);
          }
          return count;
        }
      };
    }
  }
}
