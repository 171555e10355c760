package dev.limpet.persistence.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A journal in an SQLite file of the node's own. In WAL mode with {@code synchronous=FULL} what has
 * been acknowledged is on the disk, whatever becomes of the process or of the power.
 */
final class SqliteStorage implements Storage {

  private static final Logger LOG = LoggerFactory.getLogger(SqliteStorage.class);

  private static final String OPTIONS = "?journal_mode=WAL&synchronous=FULL&busy_timeout=5000";

  private final Path file;

  SqliteStorage(Path file) {
    this.file = file.toAbsolutePath();
  }

  @Override
  public Opened open() throws Unusable {
    try {
      check();
      makeTables();
      return new Opened(akka(), List.of());
    } catch (IOException e) {
      throw new Unusable("%s cannot be made: %s".formatted(file, e), List.of());
    } catch (SQLException e) {
      return isDamage(e) ? begunAnew(e) : unusable(e);
    }
  }

  private void check() throws SQLException {
    if (!Files.exists(file)) {
      return;
    }
    try (Connection connection = connect(OPTIONS);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("PRAGMA quick_check(1)")) {
      if (result.next() && !result.getString(1).equals("ok")) {
        String found = result.getString(1).replaceAll("\\s+", " ");
        throw new SQLiteException(found, SQLiteErrorCode.SQLITE_CORRUPT);
      }
    }
  }

  /** Writes in any case, so that it shows whether that can be done. */
  private void makeTables() throws SQLException, IOException {
    if (!Files.exists(file)) {
      makePrivate();
    }
    try (Connection connection = connect(OPTIONS);
        Statement statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      for (String table : Schema.of("sqlite")) {
        statement.executeUpdate(table);
      }
      statement.executeUpdate("PRAGMA user_version = 1");
      statement.execute("COMMIT");
    }
  }

  /** Who changed what is for operators. */
  private void makePrivate() throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
  }

  private static boolean isDamage(SQLException e) {
    return e instanceof SQLiteException sqlite
        && (is(sqlite, SQLiteErrorCode.SQLITE_CORRUPT)
            || is(sqlite, SQLiteErrorCode.SQLITE_NOTADB));
  }

  /** Extended codes hold the primary one in their lowest byte. */
  private static boolean is(SQLiteException e, SQLiteErrorCode primary) {
    return (e.getResultCode().code & 0xff) == primary.code;
  }

  /** Puts the damaged file aside, and takes along what can be read of it. */
  private Opened begunAnew(SQLException damage) throws Unusable {
    Map<Long, JournalEvent> read = readAll("");
    String suffix =
        ".damaged-" + Instant.now().truncatedTo(ChronoUnit.SECONDS).toString().replace(":", "");
    try {
      for (String part : List.of("", "-wal", "-shm")) {
        Path from = Path.of(file + part);
        if (Files.exists(from)) {
          Files.move(from, Path.of(file + suffix + part), StandardCopyOption.ATOMIC_MOVE);
        }
      }
      makeTables();
    } catch (IOException | SQLException e) {
      throw new Unusable(
          "%s is damaged (%s), and cannot be put aside: %s"
              .formatted(file, damage.getMessage(), e.getMessage()),
          List.copyOf(read.values()));
    }
    LOG.error(
        "the journal of changes is damaged ({}). {} It is kept as {}, and a new one has been begun. What"
            + " is missing comes from the other nodes, if they have it",
        damage.getMessage(),
        said(read),
        file + suffix);
    return new Opened(akka(), List.copyOf(read.values()));
  }

  private static String said(Map<Long, JournalEvent> read) {
    return read.isEmpty()
        ? "Nothing of it could be read."
        : "%d of its entries could be read, up to number %d; what came after them could not."
            .formatted(
                read.size(), read.keySet().stream().mapToLong(number -> number).max().orElse(0));
  }

  private Opened unusable(SQLException e) throws Unusable {
    // As if nobody else wrote to it: the file alone is looked at, and nothing is made beside it.
    Map<Long, JournalEvent> read = Files.exists(file) ? readAll("?immutable=1") : Map.of();
    throw new Unusable(
        "%s cannot be written: %s".formatted(file, e.getMessage()), List.copyOf(read.values()));
  }

  /** All entries that can be read, from both ends, by their numbers; a snapshot has number 0. */
  private Map<Long, JournalEvent> readAll(String options) {
    Map<Long, JournalEvent> read = new LinkedHashMap<>();
    read(
        options,
        "SELECT 0, snapshot_ser_manifest, snapshot_payload FROM snapshot ORDER BY created",
        read);
    String events =
        "SELECT sequence_number, event_ser_manifest, event_payload FROM event_journal ORDER BY ordering";
    read(options, events, read);
    read(options, events + " DESC", read);
    return read;
  }

  private void read(String options, String query, Map<Long, JournalEvent> into) {
    JournalSerializer serializer = new JournalSerializer();
    try (Connection connection = connect(options);
        Statement statement = connection.createStatement()) {
      // Then a file that is shorter than it says is read for as far as it goes.
      statement.execute("PRAGMA writable_schema = ON");
      try (ResultSet rows = statement.executeQuery(query)) {
        while (rows.next()) {
          String manifest = rows.getString(2);
          byte[] payload = rows.getBytes(3);
          // Null where the row goes on in a page that is gone.
          if (manifest != null && payload != null) {
            into.put(rows.getLong(1), serializer.fromBinary(payload, manifest));
          }
        }
      }
    } catch (SQLException endOfWhatCanBeRead) {
      LOG.debug("reading {}", file, endOfWhatCanBeRead);
    }
  }

  private Connection connect(String options) throws SQLException {
    return DriverManager.getConnection(url(options));
  }

  private String url(String options) {
    return "jdbc:sqlite:" + file.toUri().toString().replaceFirst("^file:/*", "file:/") + options;
  }

  private Config akka() {
    return ConfigFactory.parseResources(SqliteStorage.class, "sqlite.conf")
        .withValue(Schema.DATABASE + ".db.url", ConfigValueFactory.fromAnyRef(url(OPTIONS)));
  }
}
