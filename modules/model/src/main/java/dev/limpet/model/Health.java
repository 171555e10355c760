package dev.limpet.model;

/** The cluster's verdict about a server; {@link HealthChecks.Initial} until there is one. */
public enum Health {
  UP,
  DOWN
}
