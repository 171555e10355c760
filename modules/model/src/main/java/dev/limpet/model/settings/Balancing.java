package dev.limpet.model.settings;

/**
 * The settings by which servers of an upstream get new clients.
 *
 * @param panicThreshold below this share of healthy servers, 0 to 1, the verdicts are not believed;
 *     0 for never
 */
public record Balancing(BalancingMethod method, double panicThreshold) {

  /** The default. */
  public static final Balancing DEFAULT = new Balancing(new BalancingMethod.RoundRobin(), 0);
}
