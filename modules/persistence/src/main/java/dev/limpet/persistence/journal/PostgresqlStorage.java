package dev.limpet.persistence.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** A journal in a PostgreSQL database, which all nodes may share: each has its own part of it. */
final class PostgresqlStorage implements Storage {

  /** So long for a database to answer that may be away. */
  private static final int LOGIN_SECONDS = 5;

  /** Nodes that make the tables at the same time wait for one another. */
  private static final long LOCK = 0x4c696d706574L;

  private final String url;
  private final String user;
  private final String password;

  PostgresqlStorage(String url, String user, String password) {
    this.url = url;
    this.user = user;
    this.password = password;
  }

  @Override
  public Opened open() throws Unusable {
    DriverManager.setLoginTimeout(LOGIN_SECONDS);
    try (Connection connection = DriverManager.getConnection(url, user, password);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
      for (String table : Schema.of("postgresql")) {
        statement.executeUpdate(table);
      }
      connection.commit();
      return new Opened(akka(), List.of());
    } catch (SQLException e) {
      throw new Unusable("%s cannot be used: %s".formatted(url, e.getMessage()), List.of());
    }
  }

  private Config akka() {
    return ConfigFactory.parseResources(PostgresqlStorage.class, "postgresql.conf")
        .withValue(Schema.DATABASE + ".db.url", ConfigValueFactory.fromAnyRef(url))
        .withValue(Schema.DATABASE + ".db.user", ConfigValueFactory.fromAnyRef(user))
        .withValue(Schema.DATABASE + ".db.password", ConfigValueFactory.fromAnyRef(password));
  }
}
