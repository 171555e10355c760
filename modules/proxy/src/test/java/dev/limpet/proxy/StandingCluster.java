package dev.limpet.proxy;

import dev.limpet.model.settings.KeyRing;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.AdminState;
import dev.limpet.model.state.ClusterSnapshot;
import dev.limpet.model.state.ClusterState;
import dev.limpet.model.state.Ejection;
import dev.limpet.model.state.Health;
import dev.limpet.model.state.ServerState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A cluster that stands still: servers are up until told otherwise. */
public final class StandingCluster implements ClusterState {

  record Wish(ServerId backend, Ejection.Cause cause, String detail) {}

  static final KeyRing COOKIE_KEYS = new KeyRing(List.of(new byte[32]));

  private final List<Wish> wishes = new CopyOnWriteArrayList<>();
  private final List<Consumer<ClusterSnapshot>> listeners = new CopyOnWriteArrayList<>();
  private volatile ClusterSnapshot snapshot;
  private volatile KeyRing ticketKeys =
      new KeyRing(List.of(new byte[ClusterSnapshot.TICKET_KEY_BYTES]));
  private volatile boolean outdated;
  private volatile Map<String, Integer> elsewhere = Map.of();
  private volatile Map<ServerId, Integer> load = Map.of();
  private final TestSessions sessions = new TestSessions();
  private final Set<ServerId> answered = ConcurrentHashMap.newKeySet();
  private final Set<ServerId> unreachable = ConcurrentHashMap.newKeySet();

  StandingCluster(Settings settings) {
    snapshot = snapshot(allUp(settings));
  }

  /** From now on these seal TLS session tickets. */
  void ticketKeys(byte[]... keys) {
    ticketKeys = new KeyRing(List.of(keys));
    snapshot = snapshot(snapshot.servers());
    listeners.forEach(listener -> listener.accept(snapshot));
  }

  /** From now on these are the servers, and all of them are up. */
  void follow(Settings settings) {
    snapshot = snapshot(allUp(settings));
    listeners.forEach(listener -> listener.accept(snapshot));
  }

  private static Map<String, List<ServerState>> allUp(Settings settings) {
    return settings.upstreams().values().stream()
        .collect(
            Collectors.toMap(
                Settings.Upstream::name,
                upstream ->
                    upstream.servers().stream()
                        .map(
                            server ->
                                new ServerState(
                                    server, Health.UP, "", AdminState.UP, Optional.empty()))
                        .toList()));
  }

  /** From now on the servers on these ports are dead, all at once. */
  public void dead(Integer... ports) {
    change(Health.DEAD, AdminState.UP, ports);
  }

  /** From now on the servers on these ports are suspect, all at once. */
  void suspect(Integer... ports) {
    change(Health.SUSPECT, AdminState.UP, ports);
  }

  /** They are up again, all at once. */
  public void up(Integer... ports) {
    change(Health.UP, AdminState.UP, ports);
  }

  /** They take no new clients. */
  void drain(Integer... ports) {
    change(Health.UP, AdminState.DRAIN, ports);
  }

  /** The server on this port is ejected. */
  void eject(int port) {
    Ejection ejection = new Ejection(Ejection.Cause.NO_ANSWER, "as the test wants it", 0, 1, 1);
    change(Health.UP, AdminState.UP, Optional.of(ejection), port);
  }

  /** Its ejection is over. */
  void comeBack(int port) {
    up(port);
  }

  private void change(Health health, AdminState adminState, Integer... ports) {
    change(health, adminState, Optional.empty(), ports);
  }

  private void change(
      Health health, AdminState adminState, Optional<Ejection> ejection, Integer... ports) {
    Set<Integer> changed = Set.of(ports);
    Map<String, List<ServerState>> states = new HashMap<>(snapshot.servers());
    states.replaceAll(
        (upstream, servers) ->
            servers.stream()
                .map(
                    s ->
                        changed.contains(s.server().address().port())
                            ? new ServerState(s.server(), health, "", adminState, ejection)
                            : s)
                .toList());
    snapshot = snapshot(states);
    listeners.forEach(listener -> listener.accept(snapshot));
  }

  /** Tells of a state that nobody can read, once; {@link #snapshot} knows better. */
  @SuppressWarnings({"NullAway", "NullOptional"})
  public void garble() {
    Map<String, List<ServerState>> states = new HashMap<>(snapshot.servers());
    states.replaceAll(
        (upstream, servers) ->
            servers.stream()
                .map(s -> new ServerState(s.server(), s.health(), s.reason(), s.adminState(), null))
                .toList());
    ClusterSnapshot garbled = snapshot(states);
    listeners.forEach(listener -> listener.accept(garbled));
  }

  /** So many requests of other nodes last at the server on this port. */
  void busyElsewhere(int port, int requests) {
    elsewhere = Map.of("app/127.0.0.1:" + port, requests);
    change(Health.UP, AdminState.UP);
  }

  Set<ServerId> unreachable() {
    return unreachable;
  }

  @Override
  public ClusterSnapshot snapshot() {
    return snapshot;
  }

  @Override
  public void subscribe(Consumer<ClusterSnapshot> listener) {
    listeners.add(listener);
    listener.accept(snapshot);
  }

  @Override
  public long millis() {
    return System.currentTimeMillis();
  }

  @Override
  public boolean isOutdated() {
    return outdated;
  }

  /** From now on this node may have missed what became of the servers. */
  void outdated() {
    outdated = true;
  }

  @Override
  public TestSessions sessions() {
    return sessions;
  }

  @Override
  public void reportLoad(Map<ServerId, Integer> lasting) {
    load = lasting;
  }

  /** How many requests last at each server, by what the data plane has last said. */
  Map<ServerId, Integer> load() {
    return load;
  }

  @Override
  public void reportUnreachable(ServerId backend) {
    unreachable.add(backend);
  }

  @Override
  public void reportAnswered(Set<ServerId> servers) {
    answered.addAll(servers);
  }

  /** Suspects that have answered. */
  Set<ServerId> answered() {
    return answered;
  }

  /** What the data plane wants ejected, and why; the oldest first. */
  List<Wish> wishes() {
    return wishes;
  }

  @Override
  public void eject(ServerId backend, Ejection.Cause cause, String detail) {
    wishes.add(new Wish(backend, cause, detail));
  }

  private ClusterSnapshot snapshot(Map<String, List<ServerState>> states) {
    return new ClusterSnapshot(
        states,
        elsewhere,
        COOKIE_KEYS,
        ticketKeys,
        List.of(),
        new ClusterSnapshot.Readiness("", false));
  }
}
