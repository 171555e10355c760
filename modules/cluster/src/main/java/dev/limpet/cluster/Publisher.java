package dev.limpet.cluster;

import dev.limpet.cluster.state.ClusterView;
import dev.limpet.model.state.ClusterSnapshot;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds the newest view of the cluster and tells its subscribers of it. Safe for threads. */
final class Publisher {

  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /**
   * @param number counts up
   */
  private record Published(long number, ClusterView view) {}

  private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
  private final AtomicReference<Published> newest;

  Publisher(ClusterView first) {
    newest = new AtomicReference<>(new Published(0, first));
  }

  ClusterView view() {
    return newest.get().view();
  }

  void publish(ClusterView view) {
    Published now = newest.updateAndGet(before -> new Published(before.number() + 1, view));
    subscribers.forEach(subscriber -> subscriber.tell(now));
  }

  /**
   * @param listener told of the snapshot at once, and then of every newer one
   */
  void subscribe(Consumer<ClusterSnapshot> listener) {
    Subscriber subscriber = new Subscriber(listener);
    subscribers.add(subscriber);
    subscriber.tell(newest.get());
  }

  /** Hears of each snapshot that is newer than the last, whoever brings it. */
  private static final class Subscriber {

    private final Consumer<ClusterSnapshot> listener;
    private long heard = -1;

    Subscriber(Consumer<ClusterSnapshot> listener) {
      this.listener = listener;
    }

    synchronized void tell(Published published) {
      if (published.number() > heard) {
        heard = published.number();
        try {
          listener.accept(published.view().snapshot());
        } catch (RuntimeException e) {
          LOG.error("a listener failed; the others hear of the cluster all the same", e);
        }
      }
    }
  }
}
