package dev.limpet.cluster.port;

import akka.remote.artery.EnvelopeBuffer;
import com.typesafe.config.ConfigFactory;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;

/**
 * Follows the frames of a connection that came in, and refuses a length that no node sends. Akka
 * takes any: it keeps the bytes of a long one until it is whole, and a negative one is for it a
 * frame without end.
 */
final class Frames {

  /** Before the first frame: four bytes that say what this is, and the kind of stream. */
  private static final int PREAMBLE = 5;

  private static final int SHORTEST = EnvelopeBuffer.MetadataContainerAndLiteralSectionOffset();

  private static final long LONGEST =
      ConfigFactory.defaultReference().getBytes("akka.remote.artery.advanced.maximum-frame-size");

  /** A length that is none. */
  static final class Broken extends SSLException {

    private static final long serialVersionUID = 1;

    private Broken(int length) {
      super("a frame of " + length + " bytes");
    }
  }

  private int skip = PREAMBLE;
  private int length;
  private int lengthBits;

  /** Takes all bytes of the buffer. */
  void scan(ByteBuffer bytes) throws Broken {
    while (bytes.hasRemaining()) {
      if (skip > 0) {
        int skipped = Math.min(skip, bytes.remaining());
        bytes.position(bytes.position() + skipped);
        skip -= skipped;
      } else {
        length |= (bytes.get() & 0xff) << lengthBits;
        lengthBits += Byte.SIZE;
        if (lengthBits == Integer.SIZE) {
          beginFrame(length);
        }
      }
    }
  }

  private void beginFrame(int frame) throws Broken {
    if (frame < SHORTEST || frame > LONGEST) {
      throw new Broken(frame);
    }
    skip = frame;
    length = 0;
    lengthBits = 0;
  }
}
