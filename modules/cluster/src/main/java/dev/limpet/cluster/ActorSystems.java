package dev.limpet.cluster;

import akka.actor.BootstrapSetup;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.remote.artery.tcp.SSLEngineProviderSetup;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.cluster.port.Gate;
import dev.limpet.cluster.port.NodeTls;
import dev.limpet.cluster.voters.MemberId;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** The cluster's actor systems, one after the other, and what stands before their ports. */
final class ActorSystems {

  private final String name;
  private final Config config;
  private final Gate gate;
  private final Optional<NodeTls> tls;

  /**
   * @param address where others reach this node
   * @param logging of the node
   * @throws UncheckedIOException names a file of {@code cluster.tls} and what is wrong with it
   */
  ActorSystems(Settings settings, HostPort address, Config logging) {
    Settings.Cluster cluster = settings.cluster();
    this.name = cluster.name();
    this.config = config(settings, address, logging);
    this.gate = new Gate(name, cluster.peers());
    this.tls = cluster.tls().map(files -> tls(gate, cluster, files));
  }

  private static NodeTls tls(Gate gate, Settings.Cluster cluster, Settings.ClusterTls files) {
    try {
      return NodeTls.of(gate, cluster, files);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  Gate gate() {
    return gate;
  }

  /** Another one; the one before it must have ended. */
  ActorSystem<ActorRef<?>> start() {
    ActorSystemSetup setup = ActorSystemSetup.create(BootstrapSetup.create(config), gate);
    if (tls.isPresent()) {
      NodeTls provider = tls.get();
      setup = setup.withSetup(SSLEngineProviderSetup.create(ignored -> provider));
    }
    return ActorSystem.create(Lifeline.create(), name, setup);
  }

  private static Config config(Settings settings, HostPort address, Config logging) {
    HostPort bind = settings.cluster().bind();
    return Gate.akkaConfig()
        .withFallback(logging)
        .withFallback(
            ConfigFactory.parseString(
                """
                akka.remote.artery {
                  transport = %s
                  canonical { hostname = "%s", port = %d }
                  bind { hostname = "%s", port = %d }
                }
                akka.cluster.roles = [ "%s" ]
                """
                    .formatted(
                        settings.cluster().tls().isPresent() ? "tls-tcp" : "tcp",
                        host(address),
                        address.port(),
                        host(bind),
                        bind.port(),
                        MemberId.NAME_ROLE + settings.node().name())))
        .withFallback(ConfigFactory.parseResources(ClusterNode.class, "cluster.conf"))
        .withFallback(ConfigFactory.defaultReferenceUnresolved())
        .resolve();
  }

  /** Akka has IPv6 addresses in brackets. */
  private static String host(HostPort address) {
    return address.host().indexOf(':') >= 0 ? "[" + address.host() + "]" : address.host();
  }

  /** Starts one of the cluster's actors; the system ends with it. */
  static <M> ActorRef<M> spawn(ActorSystem<ActorRef<?>> system, Behavior<M> behavior, String name) {
    ActorRef<M> started = system.systemActorOf(behavior, name, Props.empty());
    system.tell(started);
    return started;
  }
}
