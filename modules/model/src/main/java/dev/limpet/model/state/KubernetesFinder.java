package dev.limpet.model.state;

import dev.limpet.model.settings.Discovery;
import dev.limpet.model.settings.NodeDiscovery;

/** Finds what runs in a Kubernetes cluster. */
public interface KubernetesFinder {

  /** Of a node whose settings find nothing there. */
  KubernetesFinder NONE =
      new KubernetesFinder() {
        @Override
        public ServerSource servers(Discovery.Kubernetes where) {
          throw new UnsupportedOperationException("there is no Kubernetes here: " + where);
        }

        @Override
        public NodeFinder nodes(NodeDiscovery.Kubernetes where) {
          throw new UnsupportedOperationException("there is no Kubernetes here: " + where);
        }
      };

  /** The servers of an upstream; to be closed. */
  ServerSource servers(Discovery.Kubernetes where);

  /** The nodes of the cluster. */
  NodeFinder nodes(NodeDiscovery.Kubernetes where);
}
