package dev.limpet.model.settings.route;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a host: the requests that it takes, and what is done with them.
 *
 * @param name the path as the settings have it where they give no name; then it need not be unique
 * @param requestHeaders changes for the server, in order
 * @param responseHeaders changes for the client, in order, whoever makes the response
 * @param spelling what becomes of the ways to write one path
 * @param compression of servers' responses; empty for none
 */
public record Route(
    String name,
    PathMatch path,
    Conditions conditions,
    Action action,
    List<HeaderOperation> requestHeaders,
    List<HeaderOperation> responseHeaders,
    Spelling spelling,
    Optional<Compression> compression) {

  /**
   * The treatment of the ways to write one path.
   *
   * @param normalized whether servers get the path that routes have seen, not the one that was sent
   * @param anyCase whether routes see no difference between upper and lower case
   */
  public record Spelling(boolean normalized, boolean anyCase) {

    public static final Spelling AS_SENT = new Spelling(false, false);
  }

  /** Which paths a route takes; the precedence is nginx's. */
  public sealed interface PathMatch {

    /** As the settings have it. */
    String written();

    /** {@code = /x}: this path and no other. */
    record Exact(String path) implements PathMatch {
      @Override
      public String written() {
        return "= " + path;
      }
    }

    /**
     * {@code /x} or {@code ^~ /x}: every path that starts with it; the longest wins.
     *
     * @param beforeRegex {@code ^~}: regular expressions are not tried when this is the longest
     */
    record Prefix(String prefix, boolean beforeRegex) implements PathMatch {
      @Override
      public String written() {
        return beforeRegex ? "^~ " + prefix : prefix;
      }
    }

    /** {@code ~ re} or {@code ~* re}: the first in order that is found in the path. */
    record Regex(Expression expression) implements PathMatch {
      @Override
      public String written() {
        return expression.written();
      }
    }
  }

  /**
   * The conditions that a request must meet beside its path; all of them.
   *
   * @param methods empty for any
   */
  public record Conditions(Set<String> methods, List<Condition> headers, List<Condition> query) {

    public static final Conditions NONE = new Conditions(Set.of(), List.of(), List.of());

    public boolean isEmpty() {
      return methods.isEmpty() && headers.isEmpty() && query.isEmpty();
    }
  }

  /**
   * @param name of a header, in lower case, or of a parameter
   */
  public record Condition(String name, ValueMatch match) {}

  /** A condition on the value of a header or parameter. */
  public sealed interface ValueMatch {

    /**
     * @param value null where the request has none
     */
    boolean holds(@Nullable String value);

    record Equal(String text) implements ValueMatch {
      @Override
      public boolean holds(@Nullable String value) {
        return text.equals(value);
      }
    }

    /** {@code ~ re} or {@code ~* re}: it is found in the value. */
    record Regex(Expression expression) implements ValueMatch {
      @Override
      public boolean holds(@Nullable String value) {
        return value != null && expression.isFoundIn(value);
      }
    }

    /**
     * @param wanted whether there must be a value, or must be none
     */
    record Present(boolean wanted) implements ValueMatch {
      @Override
      public boolean holds(@Nullable String value) {
        return (value != null) == wanted;
      }
    }
  }

  /**
   * One change of a message's headers. Values may hold placeholders, as {@link Action.Redirect#to}.
   */
  public sealed interface HeaderOperation {

    String name();

    /** In the place of all lines of that name. */
    record Set(String name, String value) implements HeaderOperation {}

    /** Beside those that are there. */
    record Add(String name, String value) implements HeaderOperation {}

    record Remove(String name) implements HeaderOperation {}
  }
}
