package dev.limpet.node;

import dev.limpet.admin.changes.Candidates;
import dev.limpet.admin.changes.Candidates.Mistake;
import dev.limpet.admin.changes.Candidates.WithoutEffect;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsFile;
import dev.limpet.settings.SettingsFile.Reading;
import dev.limpet.settings.changes.Changes;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import dev.limpet.settings.overlay.Culprits.PassedOver;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Says what would come of changes, for those who think of making one. */
final class Candidate {

  private Candidate() {}

  /**
   * @param read the file by which the node serves
   * @param overlay all changes; those that are not made yet have no id
   * @param current the settings that hold
   */
  static Candidates.Outcome outcome(SettingsFile read, Overlay overlay, Settings current) {
    Reading reading;
    try {
      reading = read.readWhatGoes(overlay);
    } catch (InvalidSettings e) {
      throw new IllegalStateException("the node serves by it", e);
    }
    // A change that is made already is no mistake of those who ask now.
    Set<Mistake> mistakes = new LinkedHashSet<>();
    List<WithoutEffect> idle = new ArrayList<>();
    for (PassedOver one : reading.passedOver()) {
      Problem problem = one.problem();
      if (one.change().isEmpty()) {
        mistakes.add(new Mistake(problem.changed(), problem.key(), problem.message()));
      } else {
        idle.add(new WithoutEffect(one.path(), one.change(), problem.message()));
      }
    }
    reading
        .withoutEffect()
        .forEach(one -> idle.add(new WithoutEffect(one.path(), one.change(), one.message())));
    if (!mistakes.isEmpty()) {
      return new Candidates.Outcome(Optional.empty(), List.copyOf(mistakes), List.of(), idle);
    }
    Settings next = Changes.applicable(current, reading.settings());
    return new Candidates.Outcome(
        Optional.of(next), List.of(), Changes.between(current, next), idle);
  }
}
