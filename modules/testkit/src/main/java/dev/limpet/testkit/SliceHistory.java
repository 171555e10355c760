package dev.limpet.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The EndpointSlices of an {@link ApiServer}, how they have changed, and who watches them. */
final class SliceHistory {

  /** Which slices a client asks for. */
  record Query(String namespace, String selector) {

    boolean sees(@Nullable TestSlice slice) {
      return slice != null && slice.namespace().equals(namespace) && slice.isSelected(selector);
    }
  }

  /** A change of one slice, null where it is not there. */
  private record Change(long version, @Nullable TestSlice before, @Nullable TestSlice after) {

    /** Whoever selects by labels takes a slice that has lost them for deleted. */
    void tell(Watch watch) {
      boolean was = watch.query.sees(before);
      if (after != null && watch.query.sees(after)) {
        watch.lines.add(event(was ? "MODIFIED" : "ADDED", after.json(version)));
      } else if (was && before != null) {
        watch.lines.add(event("DELETED", before.json(version)));
      }
    }
  }

  /** A client that waits for changes. */
  static final class Watch {

    private final Query query;
    private final Deque<String> lines = new ArrayDeque<>();
    private boolean over;
    private boolean cut;

    private Watch(Query query) {
      this.query = query;
    }
  }

  private final Map<String, TestSlice> slices = new TreeMap<>();
  private final Map<String, Long> versions = new HashMap<>();
  private final List<Change> changes = new ArrayList<>();
  private final Set<Watch> watches = new HashSet<>();
  private long version = 41_000;
  private long forgotten = version;

  synchronized void put(TestSlice slice) {
    change(key(slice), slice);
  }

  synchronized void delete(TestSlice slice) {
    change(key(slice), null);
  }

  private void change(String key, @Nullable TestSlice after) {
    TestSlice before = after == null ? slices.remove(key) : slices.put(key, after);
    version += 3;
    versions.put(key, version);
    Change change = new Change(version, before, after);
    changes.add(change);
    watches.forEach(change::tell);
    notifyAll();
  }

  /** Has these slices and no others, without a word, and knows of no change any more. */
  synchronized void replaceUnseen(TestSlice... all) {
    slices.clear();
    for (TestSlice slice : all) {
      slices.put(key(slice), slice);
    }
    version += 3;
    forget();
  }

  synchronized void forget() {
    forgotten = version;
    changes.clear();
  }

  synchronized boolean isForgotten(long since) {
    return since < forgotten;
  }

  synchronized String list(Query query) {
    List<String> items = new ArrayList<>();
    slices.forEach(
        (key, slice) -> {
          if (query.sees(slice)) {
            items.add(slice.json(versions.getOrDefault(key, version)));
          }
        });
    return """
        {"kind":"EndpointSliceList","apiVersion":"discovery.k8s.io/v1",\
        "metadata":{"resourceVersion":"%d"},"items":[%s]}"""
        .formatted(version, String.join(",", items));
  }

  /**
   * @param since the version that the client knows; 0 for all that is there
   */
  synchronized Watch begin(Query query, long since) {
    Watch watch = new Watch(query);
    if (since == 0) {
      slices.forEach(
          (key, slice) -> new Change(versions.getOrDefault(key, version), null, slice).tell(watch));
    } else if (isForgotten(since)) {
      watch.lines.add(event("ERROR", gone()));
      watch.over = true;
    } else {
      changes.stream()
          .filter(change -> change.version() > since)
          .forEach(change -> change.tell(watch));
    }
    watches.add(watch);
    return watch;
  }

  synchronized void end(Watch watch) {
    watches.remove(watch);
  }

  /**
   * Waits for the next line.
   *
   * @param end until when, by {@link System#nanoTime}
   * @return null where there will be none
   */
  synchronized @Nullable String next(Watch watch, long end) {
    try {
      while (watch.lines.isEmpty() && !watch.over) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return null;
        }
        wait(left);
      }
      return watch.cut ? null : watch.lines.poll();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** Whether the watch breaks off rather than ends. */
  synchronized boolean isCut(Watch watch) {
    return watch.cut;
  }

  synchronized void tell(String line) {
    watches.forEach(watch -> watch.lines.add(line));
    notifyAll();
  }

  synchronized void bookmark() {
    tell(
        event(
            "BOOKMARK",
            """
            {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1",\
            "metadata":{"resourceVersion":"%d","creationTimestamp":null},\
            "addressType":"","endpoints":null,"ports":null}"""
                .formatted(version)));
  }

  synchronized void expire() {
    version += 3;
    forget();
    tell(event("ERROR", gone()));
    endAll(false);
  }

  synchronized void endAll(boolean cut) {
    watches.forEach(
        watch -> {
          watch.over = true;
          watch.cut = cut;
        });
    notifyAll();
  }

  synchronized int watching() {
    return watches.size();
  }

  synchronized String gone() {
    return ApiServer.status(410, "Expired", "too old resource version: 1 (" + version + ")");
  }

  private static String event(String type, String object) {
    return "{\"type\":\"" + type + "\",\"object\":" + object + "}";
  }

  private static String key(TestSlice slice) {
    return slice.namespace() + "/" + slice.name();
  }
}
