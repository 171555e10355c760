package dev.limpet.proxy.accesslog;

import akka.http.javadsl.model.HttpRequest;
import dev.limpet.model.settings.Settings;

/** The log of requests, one line each. All methods may be called from any thread. */
public interface AccessLog extends AutoCloseable {

  AccessLog OFF = (listener, client, request) -> Entry.NONE;

  /** The log that the settings ask for. */
  static AccessLog open(Settings settings) {
    return settings
        .accessLog()
        .<AccessLog>map(log -> QueuedLog.start(log, settings.node().name()))
        .orElse(OFF);
  }

  /**
   * A request has come.
   *
   * @param client the address of who sent it
   */
  Entry begin(String listener, String client, HttpRequest request);

  /** Lines that were never written, since start: the writer was too slow, or the disk full. */
  default long dropped() {
    return 0;
  }

  /** Writes what it holds. Waits for that for a few seconds at most. */
  @Override
  default void close() {}
}
