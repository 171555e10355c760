package dev.limpet.node.demo;

/** The result of a scenario. */
enum ScenarioResult {
  PASS(0),

  /** A promise was broken. */
  FAIL(1),

  /** It could not be played, for reasons that are not the machine's speed. */
  NOT_PLAYED(2),

  /** The machine could not serve the clients. */
  TOO_SLOW(3);

  private final int exitCode;

  ScenarioResult(int exitCode) {
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
