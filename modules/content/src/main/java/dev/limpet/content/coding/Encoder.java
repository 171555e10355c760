package dev.limpet.content.coding;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.BrotliOutputStream;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.github.luben.zstd.util.Native;
import dev.limpet.model.settings.route.Compression.Encoding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compresses one body, piece by piece. What it is given can be read as soon as what it returns has
 * arrived, so an event does not wait for the next one; pieces as large as a read are compressed
 * hardly worse for that. For one thread. Holds memory outside of the heap until it is closed.
 */
public final class Encoder implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Encoder.class);

  /*
   * Levels at which a body is compressed while a client waits: more would take twice the time for a
   * few hundredths of the size.
   */
  private static final int GZIP_LEVEL = 5;
  private static final int BROTLI_QUALITY = 4;
  private static final int ZSTD_LEVEL = 3;

  /** How far back they look, 256 KB: a body under way holds one or two of these. */
  private static final int WINDOW_BITS = 18;

  private static final int BUFFER = 16 * 1024;
  private static final byte[] NOTHING = {};

  private static final Set<Encoding> AVAILABLE = available();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
  private final OutputStream encoder;

  private Encoder(Encoding encoding) throws IOException {
    this.encoder =
        switch (encoding) {
          case GZIP -> new Gzip(out);
          case BR ->
              new BrotliOutputStream(
                  out,
                  com.aayushatharva.brotli4j.encoder.Encoder.Parameters.create(
                      BROTLI_QUALITY, WINDOW_BITS),
                  BUFFER);
          case ZSTD -> new ZstdOutputStreamNoFinalizer(out, ZSTD_LEVEL).setWindowLog(WINDOW_BITS);
        };
  }

  /** Begins a body. */
  public static Encoder open(Encoding encoding) {
    try {
      return new Encoder(encoding);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
  }

  /** Whether this machine has it: all but gzip are native libraries. */
  public static boolean isAvailable(Encoding encoding) {
    return AVAILABLE.contains(encoding);
  }

  private static Set<Encoding> available() {
    EnumSet<Encoding> all = EnumSet.of(Encoding.GZIP);
    try {
      if (Brotli4jLoader.isAvailable()) {
        all.add(Encoding.BR);
      } else {
        LOG.warn("no brotli: {}", String.valueOf(Brotli4jLoader.getUnavailabilityCause()));
      }
    } catch (LinkageError e) {
      LOG.warn("no brotli: {}", e.toString());
    }
    try {
      Native.load();
      all.add(Encoding.ZSTD);
    } catch (LinkageError e) {
      LOG.warn("no zstd: {}", e.toString());
    }
    return all;
  }

  /** Compresses a piece. */
  public byte[] encode(byte[] piece) {
    try {
      encoder.write(piece);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return taken();
  }

  /** Ends the body. */
  public byte[] finish() {
    close();
    return taken();
  }

  /** Compresses a body that is here as a whole. */
  public static byte[] encodeWhole(Encoding encoding, byte[] body) {
    try (Encoder one = open(encoding)) {
      one.encoder.write(body);
      return one.finish();
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
  }

  private byte[] taken() {
    if (out.size() == 0) {
      return NOTHING;
    }
    byte[] bytes = out.toByteArray();
    out.reset();
    return bytes;
  }

  /** May be called more than once. */
  @Override
  public void close() {
    try {
      encoder.close();
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
  }

  /** One that flushes when it is told to, and does not take the greatest pains. */
  private static final class Gzip extends GZIPOutputStream {

    Gzip(OutputStream out) throws IOException {
      super(out, 8192, true);
      def.setLevel(GZIP_LEVEL);
    }
  }
}
