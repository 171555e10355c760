package dev.limpet.admin.peers;

import dev.limpet.model.state.PeerLink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The letters between the admin listeners of nodes. They may be lost, and overtake one another. One
 * that cannot be read is dropped and counted, whatever is in it; what a node keeps for others is
 * bounded. Letters are taken, and handlers called, on one thread, that of the executor.
 */
public final class Post {

  /** Takes a letter's text. What it throws counts as a text that cannot be read. */
  public interface Handler {
    void take(long from, byte[] text) throws IOException;
  }

  /** Bytes of messages that wait for the thread. */
  private static final long MOST_WAITING = 32 << 20;

  /** Bytes of letters that lack parts still. */
  private static final long MOST_HELD = 64 << 20;

  private record Sender(long uid, Topic topic) {}

  /** A letter of which parts have come. */
  private static final class Incomplete {

    private final int letter;
    private final byte[] @Nullable [] parts;
    private int missing;
    private long bytes;

    Incomplete(Letter.Part first) {
      letter = first.letter();
      parts = new byte[first.parts()][];
      missing = first.parts();
    }

    /** Null while parts are missing. */
    byte @Nullable [] with(Letter.Part part) {
      if (parts.length != part.parts()) {
        throw new IllegalArgumentException(
            "%d parts, and then %d".formatted(parts.length, part.parts()));
      }
      if (parts[part.part()] == null) {
        missing--;
        bytes += part.content().length;
        parts[part.part()] = part.content();
      }
      if (missing > 0) {
        return null;
      }
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      for (byte[] content : parts) {
        whole.writeBytes(content == null ? new byte[0] : content);
      }
      return whole.toByteArray();
    }
  }

  private final PeerLink link;
  private final Map<Topic, Handler> handlers = new EnumMap<>(Topic.class);
  private final Map<Sender, Incomplete> incomplete = new HashMap<>();
  private long held;
  private final AtomicLong waiting = new AtomicLong();
  private final LongAdder refused = new LongAdder();

  /**
   * @param executor runs on one thread, in order
   */
  public Post(PeerLink link, Executor executor) {
    this.link = link;
    link.receive(
        (from, message) -> {
          if (waiting.addAndGet(message.length) > MOST_WAITING) {
            waiting.addAndGet(-message.length);
            refused.increment();
          } else {
            executor.execute(() -> take(from, message));
          }
        });
  }

  /** The other nodes that can be reached, as far as is known. */
  public List<PeerLink.Member> peers() {
    return link.peers();
  }

  /** Sets who takes letters about something; on the thread, or before any can come. */
  public void on(Topic topic, Handler handler) {
    handlers.put(topic, handler);
  }

  public void send(long uid, Letter letter) {
    letter.messages().forEach(message -> link.send(uid, message));
  }

  /** How many messages could not be read, or not be kept, since the start. */
  public long refused() {
    return refused.sum();
  }

  private void take(long from, byte[] message) {
    waiting.addAndGet(-message.length);
    try {
      Letter.Part part = Letter.Part.of(message);
      Topic topic = part.version() == Letter.VERSION ? Topic.of(part.topic()) : null;
      Handler handler = topic == null ? null : handlers.get(topic);
      if (topic != null && handler != null) {
        byte[] whole = whole(new Sender(from, topic), part);
        if (whole != null) {
          handler.take(from, Letter.text(whole));
        }
      }
    } catch (IOException | RuntimeException unreadable) {
      refused.increment();
    }
  }

  /** Null while parts are missing. */
  private byte @Nullable [] whole(Sender sender, Letter.Part part) {
    Incomplete known = incomplete.get(sender);
    if (known == null || known.letter != part.letter()) {
      // What was missing of the one before it does not come any more.
      forget(sender);
      known = new Incomplete(part);
      incomplete.put(sender, known);
    }
    held -= known.bytes;
    byte[] whole = known.with(part);
    held += known.bytes;
    if (whole != null) {
      forget(sender);
    } else if (held > MOST_HELD) {
      // Among them are those of nodes that are gone.
      incomplete.clear();
      held = 0;
      refused.increment();
    }
    return whole;
  }

  private void forget(Sender sender) {
    Incomplete known = incomplete.remove(sender);
    held -= known == null ? 0 : known.bytes;
  }
}
