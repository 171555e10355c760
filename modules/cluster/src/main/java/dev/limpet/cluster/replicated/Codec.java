package dev.limpet.cluster.replicated;

import java.util.function.Function;

/**
 * The text form of a key or value of a replicated map.
 *
 * @param encode makes the text; equal values have equal texts
 * @param decode throws any runtime exception where a text is none that the other one makes
 */
public record Codec<T>(Function<T, String> encode, Function<String, T> decode) {

  public static final Codec<String> TEXT = new Codec<>(text -> text, text -> text);

  public static final Codec<Long> NUMBER =
      new Codec<>(number -> Long.toString(number), Long::valueOf);
}
