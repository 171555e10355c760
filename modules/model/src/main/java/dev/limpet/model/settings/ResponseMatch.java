package dev.limpet.model.settings;

import java.util.List;
import java.util.Optional;

/**
 * The conditions on the response to a check, as in the {@code match} block of nginx Plus.
 *
 * @param headers all must hold
 * @param body about its first 256 KiB
 */
public record ResponseMatch(Status status, List<Header> headers, Optional<TextMatch> body) {

  /**
   * @param written as it stands in the settings
   * @param negated whether the ranges are those that do not pass
   */
  public record Status(String written, List<Range> ranges, boolean negated) {

    public boolean test(int status) {
      return ranges.stream().anyMatch(r -> r.from() <= status && status <= r.to()) != negated;
    }
  }

  /** Both ends are meant, too. */
  public record Range(int from, int to) {}

  /** About the header of this name, in whatever case. */
  public sealed interface Header {

    String name();

    record Present(String name) implements Header {}

    record Absent(String name) implements Header {}

    /** One of its values must match; if the match is negated, none may be what it forbids. */
    record Value(String name, TextMatch match) implements Header {}
  }
}
