package dev.limpet.persistence.journal;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The place of a node's journal. */
public interface Storage {

  /** The logger by which Akka tells of a journal that has failed, with a stack trace. */
  String AKKA_LOG = "dev.limpet.persistence.journal.Journal";

  /**
   * A database that can be written.
   *
   * @param akka how Akka Persistence reaches it
   * @param rescued what could be read of a damaged one in its place
   */
  record Opened(Config akka, List<JournalEvent> rescued) {}

  /** Why it cannot be written, in an operator's words, and what could be read all the same. */
  final class Unusable extends IOException {

    private static final long serialVersionUID = 1;

    private final transient List<JournalEvent> read;

    Unusable(String message, List<JournalEvent> read) {
      super(message);
      this.read = read;
    }

    List<JournalEvent> read() {
      return read;
    }
  }

  /** A file of the node's own. */
  static Storage sqlite(Path file) {
    return new SqliteStorage(file);
  }

  /**
   * A database that nodes may share.
   *
   * @param url as JDBC has it
   */
  static Storage postgresql(String url, String user, String password) {
    return new PostgresqlStorage(url, user, password);
  }

  /**
   * A place that is known not to be usable.
   *
   * @param why in an operator's words
   */
  static Storage unusable(String why) {
    return () -> {
      throw new Unusable(why, List.of());
    };
  }

  /** Makes the tables if they are not there. Blocks. */
  Opened open() throws Unusable;
}
