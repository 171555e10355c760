package dev.limpet.model;

/** The cluster's verdict about a server. A server that nobody has probed yet counts as up. */
public enum Health {
  UP,
  DOWN
}
