package dev.limpet.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** The reading of a node's settings file, which may have changed since it was read. */
public interface Reloads {

  /**
   * @param mistakes what is wrong with the file, a line each; then nothing has changed
   * @param changes what differs from the settings that hold, a line each
   * @param needRestart those of the differences that a running node cannot apply
   * @param withoutEffect the changes made at run time that the file has no place for, a line each
   */
  record Outcome(
      List<String> mistakes,
      List<String> changes,
      List<String> needRestart,
      List<String> withoutEffect) {}

  /**
   * The last time that the file was read.
   *
   * @param successful whether it holds; else it had mistakes, and what was before goes on
   */
  record Last(boolean successful, long epochMillis) {}

  /** How it was, whoever asked for it. */
  Last last();

  /** Adds one who hears what becomes of the file whenever it is read again, whoever wants it. */
  void listen(Consumer<Outcome> listener);

  /** Reads the file and says what {@link #reload} would do. */
  CompletionStage<Outcome> preview();

  /** Reads the file and applies what has changed. */
  CompletionStage<Outcome> reload();
}
