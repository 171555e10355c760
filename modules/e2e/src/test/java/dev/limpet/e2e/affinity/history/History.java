package dev.limpet.e2e.affinity.history;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that a run has recorded, by the name of who it happened to.
 *
 * @param backends all there are
 * @param nodeFaults what the nemesis did to nodes, their links and their clocks
 * @param ended nodes whose process ended though nobody had asked for it
 */
public record History(
    List<Op> ops,
    Map<String, NodeLife> nodes,
    Set<String> backends,
    List<Outage> outages,
    List<Span> nodeFaults,
    List<Span> ended) {}
