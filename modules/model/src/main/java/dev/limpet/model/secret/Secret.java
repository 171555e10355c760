package dev.limpet.model.secret;

/** A text that is never logged, and never returned by the API. */
public record Secret(String text) {

  @Override
  public String toString() {
    return "Secret";
  }
}
