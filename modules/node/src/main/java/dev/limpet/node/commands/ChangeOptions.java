package dev.limpet.node.commands;

import dev.limpet.node.terminal.Words;
import java.util.Map;
import picocli.CommandLine.Option;

/** How a change is to be made. */
final class ChangeOptions {

  @Option(
      names = {"-m", "--comment"},
      paramLabel = "TEXT",
      defaultValue = "",
      description = "why, for the history")
  private String comment = "";

  @Option(names = "--dry-run", description = "say what would change, and change nothing")
  private boolean dryRun;

  @Option(
      names = "--if-match",
      paramLabel = "VERSION",
      defaultValue = "",
      description = "only if this is still its version, as shown before; else end with 6")
  private String version = "";

  boolean isDryRun() {
    return dryRun;
  }

  /** A query, or nothing. */
  String query() {
    String query = dryRun ? "&dry-run=true" : "";
    if (!comment.isEmpty()) {
      query += "&comment=" + Words.escaped(comment);
    }
    return query.isEmpty() ? "" : "?" + query.substring(1);
  }

  Map<String, String> headers() {
    if (version.isEmpty()) {
      return Map.of();
    }
    // Shells take the quotes off.
    boolean bare = !version.startsWith("\"") && !version.equals("*");
    return Map.of("If-Match", bare ? '"' + version + '"' : version);
  }
}
