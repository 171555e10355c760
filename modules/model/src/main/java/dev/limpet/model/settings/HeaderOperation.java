package dev.limpet.model.settings;

/**
 * One change of a message's headers. Values may hold placeholders, as {@link Action.Redirect#to}.
 */
public sealed interface HeaderOperation {

  String name();

  /** In the place of all lines of that name. */
  record Set(String name, String value) implements HeaderOperation {}

  /** Beside those that are there. */
  record Add(String name, String value) implements HeaderOperation {}

  record Remove(String name) implements HeaderOperation {}
}
