package dev.limpet.proxy.accesslog;

import akka.http.javadsl.model.HttpResponse;
import dev.limpet.proxy.failure.Failure;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request's entry in the access log. Its methods are called in the order in which things
 * happen, all on the loop of the client's connection. Here they do nothing, which is right where
 * there is no log.
 */
public interface Entry {

  Entry NONE = new Entry() {};

  default void routed(String upstream) {}

  default void affinity(AffinityOutcome outcome) {}

  /** The request had to wait for a server that was full. */
  default void queued(long nanos) {}

  /** An attempt begins. */
  default void connecting(String server) {}

  /** The attempt has a connection, and the request goes out. */
  default void connected() {}

  default void uploading(LongSupplier bytes) {}

  /** The head of the server's response is here. */
  default void firstByte() {}

  /** The response is that of an earlier attempt, since no later one had a better answer. */
  default void answeredBefore(String server) {}

  default void failed(Failure failure) {}

  /** The response goes out: the end, unless its body is a stream. */
  default void replied(HttpResponse response) {}

  /**
   * The stream has ended.
   *
   * @param bytes that the client's connection has taken
   * @param failure null where the body is whole
   */
  default void bodyEnded(long bytes, @Nullable Failure failure) {}

  /** The client has gone before the response. */
  default void abandoned() {}

  /**
   * The tunnel behind a 101 has ended, which gives a second line. For whoever relays the tunnel to
   * call, on the same loop.
   */
  default void tunnelEnded(long bytesFromClient, long bytesToClient) {}
}
