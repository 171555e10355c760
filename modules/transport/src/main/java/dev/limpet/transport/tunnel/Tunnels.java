package dev.limpet.transport.tunnel;

import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The tunnels of one loop: pairs of channels whose bytes go from one to the other untouched. No
 * stream is involved any more, so an idle tunnel costs no more than its two channels; but for those
 * of HTTP/2, where a side is one stream of many on its connection.
 *
 * <p>Back-pressure: a side is read only while the other one takes what is written to it.
 */
public final class Tunnels {

  private static final Duration TICK = Duration.ofMillis(100);

  private final Loop loop;
  private final Set<Tunnel> open = new HashSet<>();

  /** Hears of a tunnel's end. */
  public interface EndListener {

    /**
     * @param toServer bytes that went from the first side to the second
     * @param toClient bytes that went the other way
     */
    void onEnd(long toServer, long toClient);
  }

  public Tunnels(Loop loop) {
    this.loop = loop;
    loop.every(TICK, this::tick);
  }

  /**
   * Joins two sides; to be called on the loop, which both belong to.
   *
   * @param idle after so long without a byte in either direction the tunnel is cut
   */
  public void join(TunnelSide client, TunnelSide server, Duration idle, EndListener listener) {
    Tunnel tunnel = new Tunnel(client, server, idle.toNanos(), listener);
    open.add(tunnel);
    client.join(server, tunnel);
    server.join(client, tunnel);
  }

  /**
   * Closes all tunnels, one after the other, so that their clients do not all come back at once.
   * May be called from any thread.
   */
  public void closeOver(Duration spread) {
    Consumer<Throwable> thrown = loop.faults().in("a tunnel");
    loop.execute(
        () -> {
          List<Tunnel> closing = new ArrayList<>(open);
          for (int i = 0; i < closing.size(); i++) {
            Duration delay = spread.multipliedBy(i).dividedBy(closing.size());
            loop.schedule(closing.get(i)::close, delay, thrown);
          }
        },
        thrown);
  }

  private void tick() {
    long now = System.nanoTime();
    // Ending a tunnel takes it out of the set.
    for (Tunnel tunnel : new ArrayList<>(open)) {
      tunnel.expire(now);
    }
  }

  private final class Tunnel implements TunnelSide.Watcher {

    private final TunnelSide client;
    private final TunnelSide server;
    private final long idleNanos;
    private final EndListener listener;
    private long toServer;
    private long toClient;
    private long lastByte = System.nanoTime();

    Tunnel(TunnelSide client, TunnelSide server, long idleNanos, EndListener listener) {
      this.client = client;
      this.server = server;
      this.idleNanos = idleNanos;
      this.listener = listener;
    }

    @Override
    public void onBytes(TunnelSide to, int count) {
      lastByte = System.nanoTime();
      if (to.equals(server)) {
        toServer += count;
      } else {
        toClient += count;
      }
    }

    @Override
    public void onInputEnd(TunnelSide at) {
      if (client.isInputEnded() && server.isInputEnded()) {
        close();
      } else {
        other(at).finishOutput();
      }
    }

    @Override
    public void onThrown(Throwable cause) {
      loop.faults().caughtIfOurs("a tunnel", cause);
    }

    @Override
    public void onClosed(TunnelSide at) {
      other(at).closeGently();
      end();
    }

    void close() {
      client.closeGently();
      server.closeGently();
    }

    void expire(long now) {
      if (now - lastByte > idleNanos) {
        client.closeNow();
        server.closeNow();
      }
    }

    private void end() {
      if (open.remove(this)) {
        listener.onEnd(toServer, toClient);
      }
    }

    private TunnelSide other(TunnelSide end) {
      return end.equals(client) ? server : client;
    }
  }
}
