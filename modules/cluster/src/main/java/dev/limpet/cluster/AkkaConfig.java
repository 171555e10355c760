package dev.limpet.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.cluster.port.Gate;
import dev.limpet.cluster.voters.MemberId;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;

/** What the cluster's actor systems are started with. */
final class AkkaConfig {

  private AkkaConfig() {}

  /**
   * @param address where others reach this node
   * @param logging of the node
   */
  static Config of(Settings settings, HostPort address, Config logging) {
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
}
