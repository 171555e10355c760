package dev.limpet.admin.changes;

import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.http.Problem;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.changes.SettingPath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Entity tags (RFC 9110, section 8.8.3): the version of what changes have set there, and a hash of
 * that and of what the file says. What nobody sets, such as health, has no part in them.
 */
final class Tag {

  /** A tag may hold commas, too. */
  private static final Pattern ONE = Pattern.compile("\\s*(W/)?(\"[!#-~\\x80-\\xff]*\")\\s*(,|$)");

  private Tag() {}

  /**
   * @param file what the file says there; equal things have equal texts
   */
  static String of(Overlay overlay, SettingPath path, Object file) {
    StringBuilder content = new StringBuilder(file.toString());
    overlay
        .within(path)
        .forEach((set, value) -> content.append('\n').append(set).append('=').append(value.json()));
    return "\"%s-%08x\"".formatted(Long.toString(overlay.version(path), 36), hash(content));
  }

  /** Whether a tag is of the same version of changes, so that the file must have changed. */
  static boolean sameVersion(String one, String other) {
    return one.substring(0, Math.max(0, one.indexOf('-')))
        .equals(other.substring(0, Math.max(0, other.indexOf('-'))));
  }

  private static int hash(CharSequence content) {
    try {
      return ByteBuffer.wrap(
              MessageDigest.getInstance("SHA-256")
                  .digest(content.toString().getBytes(StandardCharsets.UTF_8)))
          .getInt();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /**
   * An If-Match header.
   *
   * @param tags empty for {@code *}
   */
  record Match(Set<String> tags) {

    /**
     * @throws Problem where it is malformed
     */
    static Optional<Match> read(Optional<String> header) {
      if (header.isEmpty()) {
        return Optional.empty();
      }
      if (header.get().strip().equals("*")) {
        return Optional.of(new Match(Set.of()));
      }
      Set<String> tags = new HashSet<>();
      Matcher tag = ONE.matcher(header.get());
      boolean more = true;
      while (more) {
        if (!tag.lookingAt()) {
          throw new Problem(
              StatusCodes.BAD_REQUEST,
              "If-Match is * or tags in quotes, as ETag has them: If-Match: \"2s8f-0a1b2c3d\"");
        }
        // A weak tag equals none (section 8.8.3.2).
        tags.add(tag.group(1) == null ? tag.group(2) : "weak");
        more = tag.group(3).equals(",");
        tag.region(tag.end(), tag.regionEnd());
      }
      return Optional.of(new Match(tags));
    }

    boolean holds(String tag) {
      return tags.isEmpty() || tags.contains(tag);
    }
  }
}
