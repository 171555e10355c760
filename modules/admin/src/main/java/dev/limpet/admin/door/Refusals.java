package dev.limpet.admin.door;

import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the requests that the admin listener refuses, and tells the log of them: at once of the
 * first that an address is refused for a reason, then how many there were. Safe for threads.
 */
public final class Refusals {

  /** Why a request is refused. */
  public enum Reason {
    NETWORK("it is in none of the networks of admin.allow"),
    PAGE("it is for a name, or from a page, that is not in admin.hosts, or no JSON"),
    NO_TOKEN("it has shown no token"),
    TOKEN("its token is none that is let in"),
    TOO_MANY("too many of its tokens were wrong"),
    TOO_MANY_CONNECTIONS("it has too many connections, or all others together have"),
    CERTIFICATE("its certificate is none that is let in"),
    ROLE("its role does not suffice");

    private final String words;

    Reason(String words) {
      this.words = words;
    }

    /** As metrics have it. */
    public String tag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);
  private static final Duration QUIET = Duration.ofMinutes(10);

  /** Different addresses and reasons that are told of in that time. */
  private static final int MOST_TOLD = 50;

  private record Kind(Reason reason, String from) {}

  private final BiConsumer<Duration, Runnable> later;
  private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);
  private final Map<Kind, Long> since = new HashMap<>();

  /**
   * @param later runs something after a time
   */
  Refusals(BiConsumer<Duration, Runnable> later) {
    this.later = later;
    for (Reason reason : Reason.values()) {
      counts.put(reason, new LongAdder());
    }
  }

  /** How many there were since the start. */
  public long count(Reason reason) {
    LongAdder count = counts.get(reason);
    return count == null ? 0 : count.sum();
  }

  void count(Reason reason, InetAddress from) {
    LongAdder count = counts.get(reason);
    if (count != null) {
      count.increment();
    }
    if (isNews(new Kind(reason, from.getHostAddress()))) {
      LOG.warn("the admin listener refuses {}: {}", from.getHostAddress(), reason.words);
    }
  }

  private synchronized boolean isNews(Kind kind) {
    Kind told =
        since.containsKey(kind) || since.size() < MOST_TOLD
            ? kind
            : new Kind(kind.reason(), "others");
    boolean news = since.merge(told, 0L, (before, none) -> before + 1) == 0;
    if (news) {
      later.accept(QUIET, () -> tell(told));
    }
    return news;
  }

  private synchronized void tell(Kind kind) {
    Long times = since.remove(kind);
    if (times != null && times > 0) {
      LOG.warn(
          "the admin listener has refused {} {} times more: {}",
          kind.from(),
          times,
          kind.reason().words);
    }
  }
}
