package dev.limpet.cluster.port;

import akka.actor.ActorSystem;
import akka.actor.Address;
import akka.actor.typed.Behavior;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.Behaviors;
import akka.event.LogMarker;
import akka.event.Logging;
import akka.event.slf4j.Slf4jLoggingFilter;
import dev.limpet.cluster.port.Refused.Kind;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells the gate what the remoting has dropped. Only events of the remoting's log say who has sent
 * it, so this one listens to them, whether they are written anywhere or not.
 */
public final class Watchman {

  /** The actor's name. */
  public static final String NAME = "limpet-watchman";

  private static final String DESERIALIZER = "akka.remote.artery.Deserializer";
  private static final String DISPATCHER = "akka.remote.artery.MessageDispatcher";
  private static final String SERIALIZATION = "akka.serialization.Serialization";
  private static final String STREAMS = "akka.stream.";
  private static final Pattern ABORTED =
      Pattern.compile("^Aborting .*?/?([^ /]+) because of \\w+ failure: (.*)");
  private static final Pattern CLOSED =
      Pattern.compile("^Closing connection from ([^ ]+) because downstream cancelled");
  private static final Pattern SENDER =
      Pattern.compile("from \\[(?:[^]]*@)?([^]@]*)] with (.*)\\.$");

  private final Gate gate;
  private final Consumer<Address> misled;

  private Watchman(Gate gate, Consumer<Address> misled) {
    this.gate = gate;
    this.misled = misled;
  }

  /**
   * @param misled told of a node of a cluster of another name, when the log is told of it
   */
  public static Behavior<Logging.LogEvent> create(Gate gate, Consumer<Address> misled) {
    return Behaviors.setup(
        context -> {
          var events = context.getSystem().eventStream();
          events.tell(new EventStream.Subscribe<>(Logging.Error.class, context.getSelf().narrow()));
          events.tell(new EventStream.Subscribe<>(Logging.Debug.class, context.getSelf().narrow()));
          Watchman watchman = new Watchman(gate, misled);
          return Behaviors.receive(Logging.LogEvent.class)
              .onMessage(
                  Logging.LogEvent.class,
                  event -> {
                    watchman.onEvent(event);
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private void onEvent(Logging.LogEvent event) {
    String source = event.logClass().getName() + ' ' + event.logSource();
    if (event instanceof Logging.Error error) {
      if (source.contains(DESERIALIZER)) {
        onDropped(error);
      }
    } else if (source.contains(DISPATCHER)) {
      gate.refuse(Kind.ACTOR, "a message: " + event.message());
    } else {
      onAborted(String.valueOf(event.message()));
    }
  }

  private void onAborted(String message) {
    Matcher aborted = ABORTED.matcher(message);
    Matcher closed = CLOSED.matcher(message);
    if (aborted.find() && aborted.group(2).contains("FramingException")) {
      gate.refuse(
          Kind.UNREADABLE,
          "a connection from %s, which is no node's: %s"
              .formatted(aborted.group(1), plain(aborted.group(2))));
    } else if (closed.find()) {
      // A connection's TLS fails just before; that two do at one time is rare, and mistakes one for
      // the other.
      Gate.Failure failure = gate.failure();
      if (failure != null) {
        gate.refuse(
            failure.kind(),
            "the TLS connection from %s: %s".formatted(closed.group(1), failure.why()));
      }
    }
  }

  /** Without the exception's class. */
  private static String plain(String why) {
    return why.replaceFirst("^[A-Za-z0-9_.$]+: ", "");
  }

  private void onDropped(Logging.Error error) {
    Matcher sender = SENDER.matcher(String.valueOf(error.message()));
    boolean found = sender.find();
    String from = found ? sender.group(1) : "unknown";
    if (error.cause() instanceof Refused refused) {
      Address address = refused.from();
      String what = refused.getMessage() + (address == null ? "; it is from " + from : "");
      if (gate.refuse(refused.kind(), what) && refused.kind() == Kind.NAME && address != null) {
        misled.accept(address);
      }
    } else if (String.valueOf(error.cause().getMessage()).startsWith("Cannot find serializer")) {
      gate.refuse(
          Kind.MESSAGE,
          "a message that no node sends: %s; it is from %s"
              .formatted(found ? sender.group(2) : "", from));
    } else {
      gate.refuse(Kind.UNREADABLE, "a message that cannot be read; it is from " + from);
    }
  }

  /** Lets events through to the event stream that the log itself does without. */
  public static final class Filter extends Slf4jLoggingFilter {

    public Filter(ActorSystem.Settings settings, akka.event.EventStream events) {
      super(settings, events);
    }

    @Override
    public boolean isErrorEnabled(Class<?> logClass, String logSource, LogMarker marker) {
      return true;
    }

    @Override
    public boolean isErrorEnabled(Class<?> logClass, String logSource) {
      return true;
    }

    /** Without those that advise against other serializers than Akka's own. */
    @Override
    public boolean isWarningEnabled(Class<?> logClass, String logSource, LogMarker marker) {
      return !logSource.startsWith(SERIALIZATION)
          && super.isWarningEnabled(logClass, logSource, marker);
    }

    @Override
    public boolean isWarningEnabled(Class<?> logClass, String logSource) {
      return !logSource.startsWith(SERIALIZATION) && super.isWarningEnabled(logClass, logSource);
    }

    @Override
    public boolean isDebugEnabled(Class<?> logClass, String logSource, LogMarker marker) {
      return isWatched(logClass, logSource) || super.isDebugEnabled(logClass, logSource, marker);
    }

    private static boolean isWatched(Class<?> logClass, String logSource) {
      return logSource.startsWith(DISPATCHER) || logClass.getName().startsWith(STREAMS);
    }

    @Override
    public boolean isDebugEnabled(Class<?> logClass, String logSource) {
      return isWatched(logClass, logSource) || super.isDebugEnabled(logClass, logSource);
    }
  }
}
