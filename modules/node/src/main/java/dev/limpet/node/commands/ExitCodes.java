package dev.limpet.node.commands;

/** What the commands that ask a node end with, and its words for their {@code --help}. */
final class ExitCodes {

  static final int DONE = 0;
  static final int FAILURE = 1;
  static final int WRONG = 2;
  static final int NOT_READY = 3;
  static final int NO_SERVER = 4;
  static final int NOT_FOUND = 5;
  static final int CONFLICT = 6;
  static final int NOT_DURABLE = 7;
  static final int NOT_ALLOWED = 8;
  static final int TIMED_OUT = 9;

  static final String HEADING = "%nEnds with:%n";
  static final String FAILURE_WORDS = "1:no node answers at that address, or it has failed";
  static final String WRONG_WORDS = "2:the words are wrong, or the node refuses the values";
  static final String NOT_FOUND_WORDS = "5:there is no such thing";
  static final String CONFLICT_WORDS = "6:somebody else has changed it meanwhile";
  static final String NOT_DURABLE_WORDS =
      "7:done, and fewer than a majority of the nodes have it on their disks so far";
  static final String NOT_ALLOWED_WORDS = "8:who asks may not";

  private ExitCodes() {}
}
