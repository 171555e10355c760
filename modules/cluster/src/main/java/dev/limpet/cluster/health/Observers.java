package dev.limpet.cluster.health;

import dev.limpet.model.state.Health;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Chooses the nodes that check a server, and adds up their verdicts. Pure. */
public final class Observers {

  private Observers() {}

  /**
   * Which of these nodes check the server. Rendezvous hashing: nodes that come and go change only
   * the observers that they were.
   */
  public static List<String> of(String server, List<String> nodes, int count) {
    return nodes.stream()
        .sorted(Comparator.comparingLong((String node) -> hash(server + "|" + node)))
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
   * @param said the verdict of an observer, or null while it has none
   * @param held counts for observers that have no verdict yet, so that a new one changes nothing
   */
  public static Verdict verdict(
      List<String> observers, Function<String, @Nullable Verdict> said, Verdict held) {
    List<Verdict> known =
        observers.stream().flatMap(observer -> Stream.ofNullable(said.apply(observer))).toList();
    List<Verdict> all =
        Stream.concat(
                known.stream(), Collections.nCopies(observers.size() - known.size(), held).stream())
            .sorted(Comparator.comparing(Verdict::health).reversed())
            .toList();
    return all.isEmpty() ? held : all.get(all.size() / 2);
  }

  /**
   * The verdict of a node that reaches no majority. It may be the one that is slow or cut off, so
   * by itself it calls no server dead. But it gives no new clients to a server that does not answer
   * it.
   *
   * @param told what all observers had said before they could not be reached
   * @param own this node's verdict; null while it has none
   */
  public static Verdict alone(Verdict told, @Nullable Verdict own) {
    return own == null || own.health() == Health.UP || told.health() != Health.UP
        ? told
        : new Verdict(Health.SUSPECT, own.reason());
  }
}
