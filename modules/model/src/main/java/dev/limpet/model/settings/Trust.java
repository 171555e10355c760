package dev.limpet.model.settings;

/** Who is believed in what a request says of itself. */
public enum Trust {
  /** The trusted proxies of the listener. */
  PROXIES,
  /** Each client. */
  ALWAYS,
  /** Nobody. */
  NEVER
}
