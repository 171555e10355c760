package dev.limpet.transport.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorSocketTest {

  @TempDir private Path directory;

  @BeforeEach
  void onLinux() {
    assumeThat(Epoll.isAvailable()).isTrue();
  }

  @Test
  void messagesArriveAsTheyWereSent() throws IOException {
    String path = directory.resolve("notify").toString();
    assertThat(heard(path, path)).isEqualTo("READY=1\nSTATUS=grüßt");
  }

  @Test
  void aNameInTheAbstractSpaceIsWrittenWithAnAt() throws IOException {
    String name = "limpet/" + UUID.randomUUID();
    assertThat(heard("\0" + name, "@" + name)).isEqualTo("READY=1\nSTATUS=grüßt");
  }

  @Test
  void nobodyThereIsSaid() {
    assertThatThrownBy(
            () -> new SupervisorSocket(directory.resolve("nobody").toString()).send("READY=1"))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> new SupervisorSocket("@limpet/" + UUID.randomUUID()).send("READY=1"))
        .isInstanceOf(IOException.class);
  }

  private static String heard(String bound, String address) throws IOException {
    Socket supervisor = Socket.newSocketDomainDgram();
    try {
      supervisor.bind(new DomainSocketAddress(bound));
      new SupervisorSocket(address).send("READY=1\nSTATUS=grüßt");
      ByteBuffer buffer = ByteBuffer.allocateDirect(100);
      byte[] heard = new byte[supervisor.read(buffer, 0, buffer.capacity())];
      buffer.get(heard);
      return new String(heard, UTF_8);
    } finally {
      supervisor.close();
    }
  }
}
