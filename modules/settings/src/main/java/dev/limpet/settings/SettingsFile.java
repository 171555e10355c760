package dev.limpet.settings;

import com.typesafe.config.ConfigObject;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.block.TopReader;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import dev.limpet.settings.hocon.Problems;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.overlay.Culprits;
import dev.limpet.settings.overlay.Culprits.PassedOver;
import dev.limpet.settings.overlay.Export;
import dev.limpet.settings.overlay.Laid;
import dev.limpet.settings.overlay.Laid.WithoutEffect;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A settings file whose text has been understood, for changes to be laid over it again and again.
 * The files that it names, such as certificates, are looked at the first time. Safe for threads.
 */
public final class SettingsFile {

  /**
   * The file and changes over it.
   *
   * @param withoutEffect those of the changes that the file has no place for
   * @param passedOver those that cannot hold; only where it is read as far as it goes
   * @param warnings of what can be used and is hardly meant
   */
  public record Reading(
      Settings settings,
      List<WithoutEffect> withoutEffect,
      List<PassedOver> passedOver,
      List<Problem> warnings) {

    /** All changes that do nothing, a line each. */
    public List<String> idle() {
      return Stream.concat(withoutEffect.stream(), passedOver.stream())
          .map(Object::toString)
          .toList();
    }
  }

  /** Those of some changes that go with the file. */
  private record Going(Reading reading, Overlay overlay) {}

  private final String name;
  private final ConfigObject limpet;
  private final List<Problem> warnings;
  private volatile @Nullable Reading own;

  /**
   * @param name what problems call it
   * @param limpet with all substitutions made
   * @param warnings of its text
   */
  SettingsFile(String name, ConfigObject limpet, List<Problem> warnings) {
    this.name = name;
    this.limpet = limpet;
    this.warnings = warnings;
  }

  /** What the file says by itself. */
  public Reading read() throws InvalidSettings {
    Reading known = own;
    if (known != null) {
      return known;
    }
    Problems problems = new Problems(name);
    Settings settings = new TopReader(Section.root(problems, limpet)).read();
    problems.throwIfAny();
    List<Problem> all = new ArrayList<>(warnings);
    all.addAll(problems.warnings());
    Reading read = new Reading(settings, List.of(), List.of(), List.copyOf(all));
    own = read;
    return read;
  }

  /**
   * Lays changes over the file.
   *
   * @throws InvalidSettings if anything is wrong with the file, or with what comes of it
   */
  public Reading read(Overlay overlay) throws InvalidSettings {
    Reading base = read();
    Problems problems = new Problems(name);
    Laid laid = Laid.over(limpet, overlay, problems);
    Settings settings =
        new TopReader(Section.root(problems, laid.values())).readOver(base.settings(), laid);
    problems.throwIfAny();
    return new Reading(settings, laid.withoutEffect(), List.of(), base.warnings());
  }

  /**
   * As {@link #read(Overlay)}, but passes over changes that the file cannot bear any more, or that
   * two nodes have made at once and do not go together. All nodes with this file pass over the
   * same.
   *
   * @throws InvalidSettings if something is wrong with the file itself
   */
  public Reading readWhatGoes(Overlay overlay) throws InvalidSettings {
    return whatGoes(overlay).reading();
  }

  /**
   * HOCON that makes changes permanent when it stands behind what the file says.
   *
   * @throws InvalidSettings if something is wrong with the file itself
   */
  public String export(Overlay overlay) throws InvalidSettings {
    return Export.of(limpet, whatGoes(overlay).overlay());
  }

  private Going whatGoes(Overlay overlay) throws InvalidSettings {
    List<PassedOver> passedOver = new ArrayList<>();
    Overlay left = overlay;
    while (true) {
      try {
        Reading reading = read(left);
        return new Going(
            new Reading(
                reading.settings(),
                reading.withoutEffect(),
                List.copyOf(passedOver),
                reading.warnings()),
            left);
      } catch (InvalidSettings e) {
        Culprits culprits = Culprits.of(e.problems(), left);
        if (culprits.passedOver().isEmpty()) {
          throw e;
        }
        passedOver.addAll(culprits.passedOver());
        left = culprits.left();
      }
    }
  }
}
