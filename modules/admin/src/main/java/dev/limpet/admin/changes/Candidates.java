package dev.limpet.admin.changes;

import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.settings.Settings;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** The settings as they would be with other changes over the file. */
public interface Candidates {

  /**
   * A mistake in what a change sets, or in what comes of it.
   *
   * @param path what was set: a server's field, an upstream's servers (of which none may be left)
   *     or a route's shares; empty where no change is to blame
   * @param key the settings' key, such as {@code limpet.upstreams.nodejs.servers[2].weight}
   * @param message what is wrong and what was expected
   */
  record Mistake(Optional<SettingPath> path, String key, String message) {}

  /**
   * A change that the file has no place for.
   *
   * @param path of a server, route or upstream that is not there, or is there more than once
   * @param change its id; empty where it is not made yet
   * @param message why, in an operator's words
   */
  record WithoutEffect(SettingPath path, String change, String message) {}

  /**
   * @param settings what would hold; empty where there are mistakes
   * @param mistakes what is wrong; then nothing of it would be applied
   * @param changes what differs from the settings that hold, a line each
   * @param withoutEffect of all changes, those that are made already as well
   */
  record Outcome(
      Optional<Settings> settings,
      List<Mistake> mistakes,
      List<String> changes,
      List<WithoutEffect> withoutEffect) {}

  /** Says what would come of these changes, over the file as it was read last. Waits for nobody. */
  CompletionStage<Outcome> preview(Overlay overlay);

  /** The settings that hold, with the changes that are applied. */
  Settings current();

  /** The settings by the file alone, as it was read last. */
  Settings file();

  /** HOCON that makes changes permanent, once it is put into the file. */
  String export(Overlay overlay);
}
