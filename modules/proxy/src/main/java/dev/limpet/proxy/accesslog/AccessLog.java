package dev.limpet.proxy.accesslog;

import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.settings.Settings;

/** The log of requests, one line each. All methods may be called from any thread. */
public interface AccessLog extends AutoCloseable {

  AccessLog OFF =
      new AccessLog() {
        @Override
        public boolean takes(boolean failed) {
          return false;
        }

        @Override
        public void add(RequestRecord request) {
          throw new UnsupportedOperationException("it takes none");
        }
      };

  /** The log that the settings ask for. */
  static AccessLog open(Settings settings) {
    return settings
        .accessLog()
        .<AccessLog>map(log -> QueuedLog.start(log, settings.node().name()))
        .orElse(OFF);
  }

  /** Whether a request that has just ended is to be logged: it may be sampled. */
  boolean takes(boolean failed);

  void add(RequestRecord request);

  /** Lines that were never written, since start: the writer was too slow, or the disk full. */
  default long dropped() {
    return 0;
  }

  /** Writes what it holds. Waits for that for a few seconds at most. */
  @Override
  default void close() {}
}
