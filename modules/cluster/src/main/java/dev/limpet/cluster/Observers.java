package dev.limpet.cluster;

import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Which nodes check a server, and what their verdicts add up to. Pure. */
final class Observers {

  private Observers() {}

  /**
   * Who may observe: those of the members that can be reached. A node that reaches no majority was
   * slow or cut off itself, and what the others have said stands: alone it calls nobody dead.
   */
  static List<String> among(CurrentClusterState cluster, List<Member> members) {
    List<Member> up = members.stream().filter(ClusterView::isUp).toList();
    List<Member> reachable =
        up.stream().filter(member -> !cluster.getUnreachable().contains(member)).toList();
    return (reachable.size() * 2 > up.size() ? reachable : up)
        .stream().map(member -> member.uniqueAddress().toString()).toList();
  }

  /** Rendezvous hashing: nodes that come and go change only the observers that they were. */
  static List<String> of(String backend, List<String> nodes, int count) {
    return nodes.stream()
        .sorted(Comparator.comparingLong((String node) -> hash(backend + "|" + node)))
        .limit(count)
        .toList();
  }

  private static long hash(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  /**
   * The worst verdict that a majority agrees on, where what is dead is suspect, too.
   *
   * @param held counts for observers that have no verdict yet, so that a new one changes nothing
   */
  static Verdict verdict(
      String backend, List<String> observers, Map<String, String> health, Verdict held) {
    List<Verdict> known =
        observers.stream()
            .map(observer -> health.get(ClusterView.verdictKey(backend, observer)))
            .filter(Objects::nonNull)
            .map(Verdict::decode)
            .toList();
    List<Verdict> all =
        Stream.concat(
                known.stream(),
                Collections.nCopies(observers.size() - known.size(), held).stream())
            .sorted(Comparator.comparing(Verdict::health).reversed())
            .toList();
    return all.isEmpty() ? held : all.get(all.size() / 2);
  }
}
