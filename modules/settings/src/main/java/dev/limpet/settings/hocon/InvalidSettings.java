package dev.limpet.settings.hocon;

import java.util.List;
import java.util.stream.Collectors;

/** Settings that cannot be used. The message has one line for every problem. */
public final class InvalidSettings extends Exception {

  private final List<Problem> problems;

  InvalidSettings(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Every mistake, in the order of the file; at least one. */
  public List<Problem> problems() {
    return problems;
  }
}
