package dev.limpet.cluster.formation;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.net.HostPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** A {@link Hail} as JSON. */
final class HailFormat {

  /** A newer node may say more. */
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private record Seen(String name, String at, long age) {}

  private record Said(
      Hail.Word word,
      String name,
      long process,
      String from,
      long stamp,
      long epoch,
      List<String> voters,
      boolean quorum,
      List<Seen> seen) {}

  private HailFormat() {}

  static byte[] toBytes(Hail hail) {
    try {
      return JSON.writeValueAsBytes(
          new Said(
              hail.word(),
              hail.name(),
              hail.process(),
              hail.from().toString(),
              hail.stamp(),
              hail.voters().epoch(),
              hail.voters().voters(),
              hail.quorum(),
              hail.sightings().stream()
                  .map(seen -> new Seen(seen.name(), seen.address().toString(), seen.age()))
                  .toList()));
    } catch (IOException e) {
      throw new UncheckedIOException("a hail is plain data", e);
    }
  }

  /**
   * @throws IllegalArgumentException where it is none
   */
  static Hail fromBytes(byte[] bytes) {
    try {
      Said said = JSON.readValue(bytes, Said.class);
      return new Hail(
          said.word(),
          said.name(),
          said.process(),
          HostPort.parse(said.from()),
          said.stamp(),
          new Electorate(said.epoch(), said.voters()),
          said.quorum(),
          said.seen().stream()
              .map(seen -> new Hail.Sighting(seen.name(), HostPort.parse(seen.at()), seen.age()))
              .toList());
    } catch (IOException | NullPointerException e) {
      throw new IllegalArgumentException("not a hail", e);
    }
  }
}
