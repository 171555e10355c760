package dev.limpet.cluster;

import akka.actor.ActorRef;
import akka.actor.ActorSystem;
import akka.actor.ExtendedActorSystem;
import akka.actor.InternalActorRef;
import akka.cluster.Cluster;
import akka.cluster.ddata.DistributedData;
import akka.cluster.ddata.Key;
import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.LWWMapKey;
import akka.cluster.ddata.Replicator;
import akka.cluster.ddata.SelfUniqueAddress;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.net.HostPort;

/** Somebody who speaks Akka's protocols as well as a node, and has nothing good in mind. */
final class Stranger implements AutoCloseable {

  private final ActorSystem system;

  private Stranger(ActorSystem system) {
    this.system = system;
  }

  /**
   * @param cluster the name that it gives itself
   * @param port where it says that it is
   */
  static Stranger at(String cluster, int port) {
    return new Stranger(
        ActorSystem.create(
            cluster,
            ConfigFactory.parseString(
                    """
                    akka.loglevel = off
                    akka.stdout-loglevel = off
                    akka.remote.artery { transport = tcp, canonical { hostname = "127.0.0.1", port = %d } }
                    akka.coordinated-shutdown.run-by-actor-system-terminate = off
                    akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
                    """
                        .formatted(port))
                .withFallback(ConfigFactory.parseResources(ClusterNode.class, "cluster.conf"))
                .withFallback(ConfigFactory.defaultReference())
                .resolve()));
  }

  /** Sends to all actors of that path, in both ways that there are. */
  void tell(HostPort node, String path, Object message) {
    system.actorSelection(address(node) + path).tell(message, ActorRef.noSender());
    actor(node, path).tell(message, ActorRef.noSender());
  }

  /** Ends an actor as one ends one's own child. */
  void stop(HostPort node, String path) {
    ((InternalActorRef) actor(node, path)).stop();
  }

  Cluster cluster() {
    return Cluster.get(system);
  }

  /** What it is made of. */
  ActorSystem system() {
    return system;
  }

  /** Where it says that it is. */
  String hostPort() {
    return cluster().selfAddress().hostPort().replaceFirst(".*@", "");
  }

  String address(HostPort node) {
    return "akka://" + system.name() + "@" + node;
  }

  /** Writes into one of the replicated maps; of use to a member. */
  void write(String map, String key, Object value) {
    SelfUniqueAddress self = DistributedData.get(system).selfUniqueAddress();
    Key<LWWMap<String, Object>> of = LWWMapKey.create(map);
    DistributedData.get(system)
        .replicator()
        .tell(
            new Replicator.Update<LWWMap<String, Object>>(
                of,
                LWWMap.create(),
                Replicator.writeLocal(),
                entries -> entries.put(self, key, value)),
            ActorRef.noSender());
  }

  private ActorRef actor(HostPort node, String path) {
    return ((ExtendedActorSystem) system).provider().resolveActorRef(address(node) + path);
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }
}
