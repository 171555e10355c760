package dev.limpet.content.coding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import com.github.luben.zstd.ZstdInputStream;
import dev.limpet.model.settings.route.Compression.Encoding;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EncoderTest {

  @ParameterizedTest
  @EnumSource(Encoding.class)
  void whatIsCompressedIsTheSameBodyAgain(Encoding encoding) throws IOException {
    byte[] text = "<li>one of many lines that look alike</li>\n".repeat(5_000).getBytes(UTF_8);
    byte[] encoded = Encoder.encodeWhole(encoding, text);
    assertThat(encoded.length).isLessThan(text.length / 50);
    assertThat(decoded(encoding, encoded)).isEqualTo(text);
    byte[] noise = new byte[300_000];
    new Random(4).nextBytes(noise);
    assertThat(decoded(encoding, Encoder.encodeWhole(encoding, noise))).isEqualTo(noise);
    assertThat(decoded(encoding, Encoder.encodeWhole(encoding, new byte[0]))).isEmpty();
  }

  /** As a browser reads events: each is there before the next one is sent. */
  @ParameterizedTest
  @EnumSource(Encoding.class)
  void eachPieceCanBeReadWithoutTheNext(Encoding encoding) throws IOException {
    try (Encoder encoder = Encoder.open(encoding)) {
      ByteArrayOutputStream arrived = new ByteArrayOutputStream();
      String events = "";
      for (int i = 0; i < 10; i++) {
        events += "event " + i + "\n";
        arrived.writeBytes(encoder.encode(("event " + i + "\n").getBytes(UTF_8)));
        InputStream client = decoder(encoding, new ByteArrayInputStream(arrived.toByteArray()));
        for (byte sent : events.getBytes(UTF_8)) {
          assertThat(client.read()).isEqualTo(sent);
        }
      }
      arrived.writeBytes(encoder.finish());
      assertThat(decoded(encoding, arrived.toByteArray())).asString(UTF_8).isEqualTo(events);
    }
  }

  @ParameterizedTest
  @EnumSource(Encoding.class)
  void thisMachineHasIt(Encoding encoding) {
    assertThat(Encoder.isAvailable(encoding)).isTrue();
  }

  private static byte[] decoded(Encoding encoding, byte[] bytes) throws IOException {
    try (InputStream in = decoder(encoding, new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }

  private static InputStream decoder(Encoding encoding, InputStream from) throws IOException {
    return switch (encoding) {
      case GZIP -> new GZIPInputStream(from, 1);
      case BR -> {
        BrotliInputStream in = new BrotliInputStream(from);
        in.enableEagerOutput();
        yield in;
      }
      case ZSTD -> new ZstdInputStream(from).setContinuous(true);
    };
  }
}
