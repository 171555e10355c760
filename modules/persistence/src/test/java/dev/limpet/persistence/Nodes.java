package dev.limpet.persistence;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.changes.ChangeRegistry.Outcome;
import dev.limpet.model.changes.Draft;
import dev.limpet.model.changes.Edit;
import dev.limpet.model.changes.SettingPath;
import dev.limpet.model.state.PeerLink;
import dev.limpet.persistence.journal.Storage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Registries that reach one another through memory, and can be cut off. */
final class Nodes implements AutoCloseable {

  private final int count;
  private final Map<Long, Node> running = new ConcurrentHashMap<>();
  private final Set<Integer> cutOff = ConcurrentHashMap.newKeySet();
  private long lastUid;

  /** Of nodes that are started from now on. */
  Duration patience = Duration.ofHours(1);

  Nodes(int count) {
    this.count = count;
  }

  /** One start of a node. */
  final class Node implements PeerLink, AutoCloseable {

    final int number;
    final long uid;
    final Registry registry;
    private final ActorSystem<Void> system;
    private volatile @Nullable BiConsumer<Long, byte[]> listener;

    Node(int number, long uid, Optional<Storage> storage, int history) {
      this.number = number;
      this.uid = uid;
      this.system =
          ActorSystem.create(
              Behaviors.empty(),
              "node",
              ConfigFactory.parseString(
                      "akka.jvm-shutdown-hooks = off\nakka.log-dead-letters = off")
                  .withFallback(ConfigFactory.load()));
      this.registry =
          Registry.start(
              system,
              new Registry.Surroundings(
                  "node-" + number,
                  history,
                  patience,
                  storage,
                  ConfigFactory.parseString("akka.jvm-shutdown-hooks = off"),
                  this,
                  System::currentTimeMillis));
    }

    Outcome set(String server, int weight) throws Exception {
      return registry.submit(draft(server, weight)).toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    @Override
    public List<Member> peers() {
      List<Member> peers = new ArrayList<>();
      for (Node node : running.values()) {
        if (node != this && !cutOff.contains(number) && !cutOff.contains(node.number)) {
          peers.add(new Member(node.uid, "node-" + node.number));
        }
      }
      return peers;
    }

    @Override
    public int majority() {
      return count / 2 + 1;
    }

    @Override
    public void send(long to, byte[] message) {
      Node node = running.get(to);
      if (message.length > MAX_MESSAGE) {
        throw new AssertionError("a message of " + message.length + " bytes");
      }
      if (node != null && !cutOff.contains(number) && !cutOff.contains(node.number)) {
        BiConsumer<Long, byte[]> hears = node.listener;
        if (hears != null) {
          hears.accept(uid, message);
        }
      }
    }

    @Override
    public void receive(BiConsumer<Long, byte[]> listener) {
      this.listener = listener;
    }

    @Override
    public void close() throws Exception {
      running.remove(uid);
      registry.close().toCompletableFuture().get(1, TimeUnit.MINUTES);
      system.terminate();
    }
  }

  Node start(int number, Storage storage) {
    return start(number, Optional.of(storage), 10_000);
  }

  Node start(int number, Optional<Storage> storage, int history) {
    Node node = new Node(number, ++lastUid, storage, history);
    running.put(node.uid, node);
    return node;
  }

  void cutOff(int number) {
    cutOff.add(number);
  }

  void heal() {
    cutOff.clear();
  }

  static Draft draft(String server, int weight) {
    return new Draft(
        "somebody",
        "127.0.0.1",
        "",
        Optional.empty(),
        List.of(new Edit(weightOf(server), Integer.toString(weight))),
        List.of());
  }

  static SettingPath weightOf(String server) {
    return SettingPath.server("nodejs", server).child("weight");
  }

  @Override
  public void close() throws Exception {
    for (Node node : new HashSet<>(running.values())) {
      node.close();
    }
  }
}
