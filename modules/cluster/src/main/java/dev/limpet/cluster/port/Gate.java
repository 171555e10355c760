package dev.limpet.cluster.port;

import akka.actor.Address;
import akka.actor.ExtendedActorSystem;
import akka.actor.setup.Setup;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import dev.limpet.cluster.port.Refused.Kind;
import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides who may speak to this node at its cluster port, and counts what it refuses. It outlives
 * the actor systems that it is given to. Safe for threads.
 *
 * <p>Akka's remoting has no door: whoever can connect may name any actor and send it any message
 * that there is a serializer for. So each association is held to the cluster's name and, where the
 * settings list them, peers, and each message to a list of those that nodes do send. This keeps out
 * what came by accident and what is curious; only certificates keep out who lies about its address.
 */
public final class Gate extends Setup {

  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

  /** The same is not said again for this long, however often it happens. */
  private static final long QUIET_NANOS = Duration.ofHours(1).toNanos();

  /** Different things that are said in that time. */
  private static final int MOST_SAID = 100;

  private static final int MOST_CHARACTERS = 300;

  /** Of a connection: another one each time. */
  private static final Pattern PORT = Pattern.compile("(connection from [^ ]*):[0-9]+");

  private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]");

  /** Of a connection that came in. */
  record Failure(Kind kind, String why) {}

  private final String name;
  private final Set<HostPort> peers;
  private final Map<Kind, LongAdder> refused = new EnumMap<>(Kind.class);
  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final Set<String> said = new HashSet<>();
  private long quietSince = System.nanoTime();

  /**
   * @param peers who may speak; whoever is of the cluster's name if there are none
   */
  public Gate(String name, List<HostPort> peers) {
    this.name = name;
    this.peers = Set.copyOf(peers);
    for (Kind kind : Kind.values()) {
      refused.put(kind, new LongAdder());
    }
  }

  static Gate of(ExtendedActorSystem system) {
    return system
        .settings()
        .setup()
        .get(Gate.class)
        .orElseThrow(() -> new IllegalStateException("the actor system was made without a gate"));
  }

  /**
   * Closes what nobody of ours comes through: a serializer that is not on our list is replaced by
   * one that refuses, and log events of the remoting that say what was refused reach the watchman.
   */
  public static Config akkaConfig() {
    Config ours = ConfigFactory.parseResources(Gate.class, "gate.conf");
    Map<String, Object> closed = new HashMap<>();
    ConfigFactory.defaultReference()
        .getConfig("akka.actor.serializers")
        .root()
        .keySet()
        .forEach(serializer -> closed.put(serializer, ClosedSerializer.class.getName()));
    return ours.withFallback(
        ConfigFactory.empty()
            .withValue("akka.actor.serializers", ConfigValueFactory.fromMap(closed)));
  }

  /** The kinds of refusals, as {@link #count} knows them. */
  public static List<String> kinds() {
    return Stream.of(Kind.values()).map(kind -> kind.name().toLowerCase(Locale.ROOT)).toList();
  }

  /** How often that has been refused since this process started. */
  public long count(String kind) {
    return count(Kind.valueOf(kind.toUpperCase(Locale.ROOT)));
  }

  private long count(Kind kind) {
    LongAdder counter = refused.get(kind);
    return counter == null ? 0 : counter.sum();
  }

  /** A replicated value that cannot be what its map holds. */
  public void refuseValue(String what) {
    refuse(Kind.VALUE, what);
  }

  /** A connection that came in has failed; the watchman hears next which one was closed for it. */
  void failed(Kind kind, String why) {
    if (failures.size() < MOST_SAID) {
      failures.add(new Failure(kind, why));
    }
  }

  /** Why the connection that is being closed has failed; null if it has not, as far as is known. */
  @Nullable Failure failure() {
    return failures.poll();
  }

  /** Whether this is a node that belongs here; throws if not. */
  void admit(Address from) {
    String at = hostPort(from);
    if (!from.system().equals(name)) {
      throw new Refused(
          Kind.NAME,
          "the node at %s: its cluster.name is \"%s\", this node's is \"%s\""
              .formatted(at, from.system(), name),
          from);
    }
    if (!isPeer(from)) {
      throw new Refused(
          Kind.STRANGER,
          "the node at " + at + ", which is not among this node's cluster.peers",
          from);
    }
  }

  private boolean isPeer(Address node) {
    try {
      return peers.isEmpty() || peers.contains(HostPort.parse(hostPort(node)));
    } catch (IllegalArgumentException noAddress) {
      return false;
    }
  }

  /**
   * Counts, and says so if it has not been said of late.
   *
   * @return whether it was said now
   */
  boolean refuse(Kind kind, String what) {
    LongAdder counter = refused.get(kind);
    if (counter != null) {
      counter.increment();
    }
    if (!isNews(PORT.matcher(what).replaceFirst("$1"))) {
      return false;
    }
    LOG.warn("refused {}", printable(what));
    return true;
  }

  /** Parts of it were chosen by a stranger. */
  private static String printable(String text) {
    String cut =
        text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) + "..." : text;
    return UNPRINTABLE.matcher(cut).replaceAll("?");
  }

  private synchronized boolean isNews(String what) {
    long now = System.nanoTime();
    if (now - quietSince > QUIET_NANOS) {
      quietSince = now;
      said.clear();
    }
    return said.size() < MOST_SAID && said.add(what);
  }

  static String hostPort(Address address) {
    String text = address.hostPort();
    return text.substring(text.indexOf('@') + 1);
  }
}
