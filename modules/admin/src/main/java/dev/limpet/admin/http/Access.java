package dev.limpet.admin.http;

/** Who may use an endpoint. */
public enum Access {
  /** Those who ask whether the node is well, from wherever. */
  ANYONE,
  /** Those whom the networks let in; who they are they say when they ask for more. */
  PAGE,
  /** Those who collect figures. */
  METRICS,
  /** Those who may look. */
  READ,
  /** Those who may change servers and shares. */
  WRITE,
  /** Those who may do everything. */
  ADMIN
}
