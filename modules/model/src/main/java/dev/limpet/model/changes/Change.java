package dev.limpet.model.changes;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One change, by which all of its steps came into force at once.
 *
 * @param id the same at all nodes
 * @param version of the cluster's clock: of two values for one path that of the higher version
 *     counts, and of equal ones that of the larger id
 * @param time the cluster's time in milliseconds since 1970
 * @param who the API token's name, or the certificate's subject
 * @param from the address that the operator came from
 * @param node the name of the node that took it
 * @param undoes the id of the change that this one takes back
 */
public record Change(
    String id,
    long version,
    long time,
    String who,
    String from,
    String node,
    String comment,
    Optional<String> undoes,
    List<Step> steps) {

  /**
   * What became of one value.
   *
   * @param value as JSON; null for what the settings file says
   * @param before what stood there at the node that took the change, likewise
   */
  public record Step(SettingPath path, @Nullable String value, @Nullable String before) {}
}
