package dev.limpet.cluster.formation;

import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The nodes that this one has found, and those that it has heard from, or of, lately. Addresses are
 * where it asks; names are what it counts. One thread at a time.
 */
final class Acquaintances {

  /** Who has said something in this time is there. */
  static final long PRESENT_NANOS = Duration.ofSeconds(2).toNanos();

  /** Who has, counts as one of those that there are. */
  static final long LATELY_NANOS = Duration.ofSeconds(10).toNanos();

  /** Addresses that only others have found are asked for this long. */
  private static final long TOLD_NANOS = Duration.ofSeconds(30).toNanos();

  /** One that says nothing is asked less often after this. */
  private static final long EAGER_NANOS = Duration.ofSeconds(5).toNanos();

  private static final long SELDOM_NANOS = Duration.ofSeconds(1).toNanos();

  /** In one message. */
  private static final int MOST_SIGHTINGS = 50;

  private static final class Place {
    private final long since;
    private long told;
    private long asked;
    private boolean wasAsked;
    private long heard;
    private boolean wasHeard;

    private Place(long now) {
      this.since = now;
    }

    private boolean isHeardSince(long time) {
      return wasHeard && heard - time > 0;
    }
  }

  private record Heard(HostPort at, long when, boolean directly) {}

  private final String name;
  private final HostPort address;
  private final Map<HostPort, Place> places = new HashMap<>();
  private final Map<String, Heard> nodes = new HashMap<>();
  private Set<HostPort> found = Set.of();
  private boolean hasFound;
  private long grewAt;

  Acquaintances(String name, HostPort address, long now) {
    this.name = name;
    this.address = address;
    this.grewAt = now;
  }

  /** The finder's newest answer. */
  void found(Set<HostPort> addresses, long now) {
    hasFound = true;
    found = new HashSet<>(addresses);
    found.remove(address);
    found.forEach(at -> places.computeIfAbsent(at, any -> new Place(now)));
  }

  /** Whether the finder has ever answered. */
  boolean hasFound() {
    return hasFound;
  }

  /** Of a node of another name. */
  void hear(Hail hail, long now) {
    Place place = places.computeIfAbsent(hail.from(), any -> new Place(now));
    place.told = now;
    place.heard = now;
    place.wasHeard = true;
    meet(hail.name(), new Heard(hail.from(), now, true));
    for (Hail.Sighting sighting : hail.sightings()) {
      long age = Duration.ofMillis(Math.clamp(sighting.age(), 0, 3_600_000)).toNanos();
      if (sighting.address().equals(address) || age > LATELY_NANOS) {
        continue;
      }
      places.computeIfAbsent(sighting.address(), any -> new Place(now)).told = now;
      if (!sighting.name().isEmpty() && !sighting.name().equals(name)) {
        meet(sighting.name(), new Heard(sighting.address(), now - age, false));
      }
    }
  }

  private void meet(String other, Heard heard) {
    Heard before = nodes.get(other);
    if (before == null) {
      grewAt = Math.max(grewAt, heard.when());
      nodes.put(other, heard);
    } else if (heard.when() - before.when() > 0 && (heard.directly() || !isDirect(before, heard))) {
      nodes.put(other, heard);
    }
  }

  /** What others say does not take the place of what was heard from the node itself just now. */
  private static boolean isDirect(Heard before, Heard now) {
    return before.directly() && now.when() - before.when() < PRESENT_NANOS;
  }

  void forget(long now) {
    nodes.values().removeIf(heard -> now - heard.when() > LATELY_NANOS);
    places
        .entrySet()
        .removeIf(
            place -> !found.contains(place.getKey()) && now - place.getValue().told > TOLD_NANOS);
  }

  /** How many names there are, this node's included. */
  int count() {
    return nodes.size() + 1;
  }

  /** For how long no further name has come up. */
  long quietFor(long now) {
    return now - grewAt;
  }

  /** How many of the nodes that are there come before this one, by their names. */
  int rank(long now) {
    return (int)
        nodes.entrySet().stream()
            .filter(node -> isPresent(node.getValue(), now) && node.getKey().compareTo(name) < 0)
            .count();
  }

  /** Those that are there, this one included. */
  int present(long now) {
    return 1 + (int) nodes.values().stream().filter(node -> isPresent(node, now)).count();
  }

  private static boolean isPresent(Heard heard, long now) {
    return heard.directly() && now - heard.when() <= PRESENT_NANOS;
  }

  /** Addresses at which nobody has said anything of late. */
  int silent(long now) {
    return (int)
        found.stream()
            .map(places::get)
            .filter(place -> place == null || !place.isHeardSince(now - PRESENT_NANOS))
            .count();
  }

  boolean haveAllAnsweredSince(long time) {
    return places.values().stream().allMatch(place -> place.isHeardSince(time));
  }

  int places() {
    return places.size();
  }

  /** Whom to ask now; each call counts as having asked them. */
  List<HostPort> due(long now) {
    List<HostPort> due = new ArrayList<>();
    places.forEach(
        (at, place) -> {
          boolean eager =
              now - place.since < EAGER_NANOS || place.isHeardSince(now - PRESENT_NANOS);
          if (eager || !place.wasAsked || now - place.asked >= SELDOM_NANOS) {
            place.asked = now;
            place.wasAsked = true;
            due.add(at);
          }
        });
    return due;
  }

  /** Where there may be nodes, but not at these addresses. */
  List<HostPort> foundBeside(Collection<HostPort> known) {
    return found.stream().filter(at -> !known.contains(at)).toList();
  }

  /** What this node can tell others. No hearsay, or what is long gone would be told for ever. */
  List<Hail.Sighting> sightings(long now) {
    List<Hail.Sighting> sightings = new ArrayList<>();
    Set<HostPort> said = new HashSet<>();
    nodes.forEach(
        (other, heard) -> {
          if (heard.directly() && sightings.size() < MOST_SIGHTINGS && said.add(heard.at())) {
            sightings.add(
                new Hail.Sighting(
                    other, heard.at(), Duration.ofNanos(now - heard.when()).toMillis()));
          }
        });
    for (HostPort at : found) {
      if (sightings.size() < MOST_SIGHTINGS && said.add(at)) {
        sightings.add(new Hail.Sighting("", at, 0));
      }
    }
    return sightings;
  }
}
