package dev.limpet.model.settings;

/** The state that an operator wants a server in, whatever its health. */
public enum AdminState {
  /** Takes new clients and its own. */
  UP,
  /** Keeps the clients it has, takes no new ones. */
  DRAIN,
  /** Takes no request at all; its sessions move. */
  DOWN
}
