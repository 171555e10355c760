package dev.limpet.settings.overlay;

import com.typesafe.config.ConfigObject;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.ServerChange.Order;
import dev.limpet.model.settings.ServerId;
import dev.limpet.settings.hocon.Problems;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A file's settings with changes laid over them, not yet read. What a change has set has a {@link
 * dev.limpet.settings.hocon.ChangeOrigin}.
 *
 * @param values as the file might have them
 * @param servers of each upstream over whose servers something lies, what has no place in a file
 * @param routes whether something lies over routes
 * @param withoutEffect the changes that the file has no place for
 */
public record Laid(
    ConfigObject values,
    Map<String, Map<ServerId, Aside>> servers,
    boolean routes,
    List<WithoutEffect> withoutEffect) {

  /**
   * The part of a server's changes that its section in the file cannot hold.
   *
   * @param patch the keys of a server that the file does not list, but that may be found; else
   *     empty
   */
  public record Aside(Optional<Order> order, ConfigObject patch) {}

  /**
   * A change that does nothing.
   *
   * @param change its id; empty where it is not made yet
   * @param message why, for an operator
   */
  public record WithoutEffect(SettingPath path, String change, String message) {

    @Override
    public String toString() {
      String what =
          path.parts().getFirst().equals("routes")
              ? "the shares of route " + path.parts().get(1)
              : "server " + path.parts().get(1) + "/" + path.parts().get(3);
      return "the change %sto %s has no effect: %s"
          .formatted(change.isEmpty() ? "" : change + " ", what, message);
    }
  }

  /**
   * @param limpet the file's settings, with all substitutions made
   * @param problems gets what is wrong with the changes before anything is read
   */
  public static Laid over(ConfigObject limpet, Overlay overlay, Problems problems) {
    List<WithoutEffect> withoutEffect = new ArrayList<>();
    Sorted sorted = Sorted.of(overlay);
    Map<String, Map<ServerId, Aside>> aside = new HashMap<>();
    ConfigObject values =
        new ServerLayer(sorted.servers(), problems, aside, withoutEffect).over(limpet);
    values = new RouteLayer(sorted.shares(), problems, withoutEffect).over(values);
    return new Laid(values, aside, !sorted.shares().isEmpty(), List.copyOf(withoutEffect));
  }
}
