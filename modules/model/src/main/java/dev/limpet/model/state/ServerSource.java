package dev.limpet.model.state;

import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** A place that knows the servers of an upstream, such as DNS. */
public interface ServerSource extends AutoCloseable {

  /**
   * The servers that there are.
   *
   * @param servers empty where nobody could say: those of the last answer count
   * @param trouble what is wrong, in an operator's words; else empty
   * @param again after how long to ask again
   */
  record Answer(Optional<List<FoundServer>> servers, String trouble, Duration again) {}

  /**
   * One of them.
   *
   * @param weight 1 to 1000
   * @param backup whether it stands in for the others
   * @param zone where it stands; empty where that does not matter
   */
  record FoundServer(
      HostPort address, int weight, boolean backup, String zone, Standing standing) {}

  /** What the place says of a server. */
  enum Standing {
    /** It takes clients. */
    READY,
    /** It takes none at the moment: it starts, or is not well. */
    NOT_READY,
    /** It is about to end, and serves the clients that it has. */
    TERMINATING
  }

  /**
   * Asks for the servers; to be called again when the last answer is there. A place that hears of
   * changes answers when there is one. Never fails, blocks no thread.
   */
  CompletionStage<Answer> ask();

  /** Ends it; a question that has not been answered may never be. */
  @Override
  void close();
}
