package dev.limpet.http.client;

import akka.util.ByteString;
import dev.limpet.model.net.Cidr;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.Connection;
import dev.limpet.transport.limits.MemoryBudget;
import dev.limpet.transport.loop.Loop;
import dev.limpet.transport.tunnel.TunnelEnd;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * The connection a request came by.
 *
 * @param settings the listener that took it
 * @param interim sends interim responses to the request at hand
 * @param early takes what the client has sent behind the request that it wants to upgrade
 * @param connect where the request's stream may become a tunnel; null with HTTP/1.1, where the
 *     connection does
 */
public record Client(
    Connection connection,
    Settings.Listener settings,
    InterimResponses interim,
    Supplier<ByteString> early,
    @Nullable ExtendedConnect connect) {

  private static final long HURRY_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long HEAD_HURRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The same connection, for one of several requests that go side by side. */
  public Client with(InterimResponses ofRequest, @Nullable ExtendedConnect ofStream) {
    return new Client(connection, settings, ofRequest, early, ofStream);
  }

  /** How long it may take nothing of what it is sent; not as long when memory is short. */
  public long patience(long usualNanos) {
    return loop().memory().budget().isAtLeast(MemoryBudget.Level.SLOW)
        ? Math.min(usualNanos, HURRY_NANOS)
        : usualNanos;
  }

  /**
   * How long it may take for a head; nobody needs long for one, so it is not as long when memory is
   * short.
   */
  public long headPatience(long usualNanos) {
    return loop().memory().budget().isAtLeast(MemoryBudget.Level.CLOSE_IDLE)
        ? Math.min(usualNanos, HEAD_HURRY_NANOS)
        : usualNanos;
  }

  public Loop loop() {
    return connection.loop();
  }

  /** The address at the connection's other end, which may be a proxy's. */
  public InetSocketAddress remote() {
    return connection.remote();
  }

  /** Notes that this client has sent something that is no request. */
  public void sentNonsense(String what) {
    connection.meter().unreadable();
    loop()
        .failures()
        .note(
            Level.WARN,
            what + "; no request that can be read, listener " + listener(),
            () -> "client " + remote().getAddress().getHostAddress());
  }

  /** Whether the connection is TLS. */
  public boolean secure() {
    return settings.tls().isPresent();
  }

  /** Whether nobody waits for an answer any more; on the loop. */
  public boolean hasLeft() {
    return connection.isClosed() || (connection.isInputEnded() && !settings.halfClose());
  }

  /**
   * Ends HTTP on the connection, which becomes one side of a tunnel. On its loop, while the client
   * waits for the answer to its request for an upgrade.
   *
   * @param taker gets the connection on its loop, or null if the client has gone
   */
  public void upgrade(Consumer<@Nullable TunnelEnd> taker) {
    connection.detach(early, taker);
  }

  /** The listener's name. */
  public String listener() {
    return settings.name();
  }

  /** Headers that end here unless a trusted proxy sends them; in lower case. */
  public Set<String> untrustedHeaders() {
    return settings.untrustedHeaders();
  }

  /** The proxies that are believed when they say who the client is. */
  public List<Cidr> trustedProxies() {
    return settings.trustedProxies();
  }
}
