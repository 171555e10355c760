package dev.limpet.admin.tail;

import dev.limpet.model.live.RequestRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Somebody who watches the requests of this node: a reader here, or another node for one of its
 * readers. Takes as many in each second as anybody can look at, and counts the others.
 */
final class Watch {

  /** In a second. */
  static final int MOST = 50;

  private final TailFilter filter;
  private final AtomicInteger room = new AtomicInteger(MOST);
  private final LongAdder skipped = new LongAdder();

  /** Used on one thread; as what follows. */
  private final List<TailView> taken = new ArrayList<>();

  private long until;

  /**
   * @param until when it ends, by {@link System#nanoTime}
   */
  Watch(TailFilter filter, long until) {
    this.filter = filter;
    this.until = until;
  }

  /** Whether it takes the request. On any thread. */
  boolean takes(RequestRecord request) {
    return filter.matches(request) && hasRoom();
  }

  boolean hasRoom() {
    if (room.get() > 0 && room.decrementAndGet() >= 0) {
      return true;
    }
    skipped.increment();
    return false;
  }

  void add(TailView request) {
    taken.add(request);
  }

  void skip(long count) {
    skipped.add(Math.max(0, count));
  }

  /** What has come since this was asked last. */
  List<TailView> drain() {
    List<TailView> all = List.copyOf(taken);
    taken.clear();
    return all;
  }

  /** A second is over: how many were skipped in it. */
  long nextSecond() {
    room.set(MOST);
    return skipped.sumThenReset();
  }

  void until(long nanos) {
    until = nanos;
  }

  boolean isOver(long nanos) {
    return nanos - until > 0;
  }
}
