package dev.limpet.model.state;

import dev.limpet.model.net.HostPort;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Finds where nodes of the cluster may be. Safe for threads. */
public interface NodeFinder {

  /**
   * The addresses at which there may be nodes now: some may be gone, some may be missing, and this
   * node's own may be among them. Asked again and again. Where it fails, the last answer counts;
   * the message says why, for an operator. Does not block.
   */
  CompletionStage<Set<HostPort>> find();
}
