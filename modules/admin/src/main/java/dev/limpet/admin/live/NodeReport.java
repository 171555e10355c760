package dev.limpet.admin.live;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.limpet.admin.peers.PeerJson;
import dev.limpet.model.live.Distribution;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one node tells of itself, each second: counts since its start, rates over the last second,
 * and how long things took in the window. Goes from node to node as JSON, in which nodes of other
 * versions may have more or less.
 *
 * @param warm whether the rates are known
 */
record NodeReport(
    String name,
    boolean warm,
    @Nullable Facts facts,
    Distribution loopLag,
    List<Route> routes,
    List<Upstream> upstreams,
    List<Server> servers,
    List<Listener> listeners) {

  NodeReport {
    name = Reading.orEmpty(name);
    loopLag = Reading.orEmpty(loopLag);
    routes = Reading.orEmpty(routes);
    upstreams = Reading.orEmpty(upstreams);
    servers = Reading.orEmpty(servers);
    listeners = Reading.orEmpty(listeners);
  }

  /**
   * The node itself.
   *
   * @param uptime in seconds
   * @param cpu the share of all processors, 0 to 1; null where it is not known
   * @param heapMax in bytes, as the others
   * @param sessions in its table
   * @param bound sessions that it has learned, since start
   * @param placed sessions that it has placed, for the first time or anew
   * @param synced whether it holds the session table with a majority
   * @param replicationLag in seconds
   * @param journal what keeps it from writing changes down; empty if nothing
   */
  record Facts(
      boolean ready,
      boolean degraded,
      String waitingFor,
      String version,
      double uptime,
      @Nullable Double cpu,
      long heapUsed,
      long heapMax,
      long connections,
      long sessions,
      long bound,
      long placed,
      boolean synced,
      double replicationLag,
      String journal) {

    Facts {
      waitingFor = Reading.orEmpty(waitingFor);
      version = Reading.orEmpty(version);
      journal = Reading.orEmpty(journal);
    }
  }

  record Route(String listener, String route, String upstream, Tally tally) {

    Route {
      listener = Reading.orEmpty(listener);
      route = Reading.orEmpty(route);
      upstream = Reading.orEmpty(upstream);
      tally = tally == null ? Tally.NONE : tally;
    }
  }

  /** Beside what its routes and servers say of it. */
  record Upstream(
      String name,
      Map<String, Long> retries,
      long queued,
      Distribution queueWait,
      Map<String, Long> affinity,
      Map<String, Long> rules,
      Map<String, Long> moves,
      long tunnels) {

    static Upstream none(String name) {
      return new Upstream(name, Map.of(), 0, Distribution.EMPTY, Map.of(), Map.of(), Map.of(), 0);
    }

    Upstream {
      name = Reading.orEmpty(name);
      retries = Reading.orEmpty(retries);
      queueWait = Reading.orEmpty(queueWait);
      affinity = Reading.orEmpty(affinity);
      rules = Reading.orEmpty(rules);
      moves = Reading.orEmpty(moves);
    }

    Upstream plus(Upstream other) {
      return new Upstream(
          name,
          Tally.sum(retries, other.retries),
          queued + other.queued,
          queueWait.plus(other.queueWait),
          Tally.sum(affinity, other.affinity),
          Tally.sum(rules, other.rules),
          Tally.sum(moves, other.moves),
          tunnels + other.tunnels);
    }

    /** As {@link Tally#past}. */
    Upstream past() {
      return new Upstream(name, retries, 0, Distribution.EMPTY, affinity, rules, moves, 0);
    }
  }

  record Server(
      String upstream, String id, Tally tally, Distribution connect, Distribution firstByte) {

    Server {
      upstream = Reading.orEmpty(upstream);
      id = Reading.orEmpty(id);
      tally = tally == null ? Tally.NONE : tally;
      connect = Reading.orEmpty(connect);
      firstByte = Reading.orEmpty(firstByte);
    }

    Server plus(Server other) {
      return new Server(
          upstream,
          id,
          tally.plus(other.tally),
          connect.plus(other.connect),
          firstByte.plus(other.firstByte));
    }

    /** As {@link Tally#past}. */
    Server past() {
      return new Server(upstream, id, tally.past(), Distribution.EMPTY, Distribution.EMPTY);
    }
  }

  record Listener(
      String listener,
      long accepted,
      long active,
      long dropped,
      long http2,
      long streams,
      long unreadable,
      List<Handshakes> handshakes) {

    Listener {
      listener = Reading.orEmpty(listener);
      handshakes = Reading.orEmpty(handshakes);
    }

    /** As {@link Tally#past}. */
    Listener past() {
      return new Listener(listener, accepted, 0, dropped, 0, streams, unreadable, handshakes);
    }
  }

  record Handshakes(String version, String result, long count) {

    Handshakes {
      version = Reading.orEmpty(version);
      result = Reading.orEmpty(result);
    }
  }

  private static final JsonMapper JSON =
      PeerJson.mapper(
          new SimpleModule()
              .addSerializer(Distribution.class, new DistributionWriter())
              .addDeserializer(Distribution.class, new DistributionReader()));

  byte[] toBytes() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report is plain data", e);
    }
  }

  /**
   * @throws IOException if it is no report
   */
  static NodeReport read(byte[] text) throws IOException {
    NodeReport report = JSON.readValue(text, NodeReport.class);
    if (report == null) {
      throw new IOException("no report");
    }
    return report;
  }

  /** The sum of all times in nanoseconds, and then each bucket and its count. */
  private static final class DistributionWriter extends JsonSerializer<Distribution> {

    @Override
    public void serialize(Distribution times, JsonGenerator json, SerializerProvider serializers)
        throws IOException {
      json.writeStartArray();
      json.writeNumber(times.sumNanos());
      for (Map.Entry<Integer, Long> count : times.counts().entrySet()) {
        json.writeNumber(count.getKey());
        json.writeNumber(count.getValue());
      }
      json.writeEndArray();
    }
  }

  private static final class DistributionReader extends JsonDeserializer<Distribution> {

    @Override
    public Distribution deserialize(JsonParser json, DeserializationContext context)
        throws IOException {
      long[] numbers = context.readValue(json, long[].class);
      TreeMap<Integer, Long> counts = new TreeMap<>();
      for (int i = 1; i + 1 < numbers.length; i += 2) {
        counts.put(Math.toIntExact(numbers[i]), numbers[i + 1]);
      }
      return Distribution.of(counts, numbers.length == 0 ? 0 : numbers[0]);
    }
  }
}
