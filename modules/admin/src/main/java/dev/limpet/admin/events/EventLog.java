package dev.limpet.admin.events;

import dev.limpet.model.live.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The last events of the cluster, as far as this node has heard, by their time. What several nodes
 * have noticed is in it once. Safe for threads.
 */
public final class EventLog {

  /** Older ones are forgotten. */
  public static final int MOST = 1_000;

  /** All nodes have noticed within that time, what all notice. */
  private static final long SAME_MILLIS = 5_000;

  /** The oldest first. */
  private final List<Event> events = new ArrayList<>();

  private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();

  /** Takes an event, unless it is there. */
  void add(Event event) {
    if (insert(event)) {
      listeners.forEach(listener -> listener.accept(event));
    }
  }

  private synchronized boolean insert(Event event) {
    int at = events.size();
    while (at > 0 && events.get(at - 1).epochMillis() > event.epochMillis()) {
      at--;
    }
    for (int i = at; i < events.size(); i++) {
      if (events.get(i).epochMillis() - event.epochMillis() > SAME_MILLIS) {
        break;
      }
      if (isSame(events.get(i), event)) {
        return false;
      }
    }
    for (int i = at - 1; i >= 0; i--) {
      if (event.epochMillis() - events.get(i).epochMillis() > SAME_MILLIS) {
        break;
      }
      if (isSame(events.get(i), event)) {
        return false;
      }
    }
    if (events.size() == MOST) {
      if (at == 0) {
        return false;
      }
      events.removeFirst();
      at--;
    }
    events.add(at, event);
    return true;
  }

  /** A node that says the same at another time has noticed it again. */
  private static boolean isSame(Event one, Event other) {
    return one.kind().equals(other.kind())
        && one.subject().equals(other.subject())
        && one.text().equals(other.text())
        && (!one.node().equals(other.node()) || one.epochMillis() == other.epochMillis());
  }

  /** All, the newest first. */
  synchronized List<Event> newestFirst() {
    return List.copyOf(events.reversed());
  }

  /** Adds one who hears of events that come from now on; it must not block. */
  public void listen(Consumer<Event> listener) {
    listeners.add(listener);
  }
}
