package dev.limpet.transport.meter;

import java.util.function.BiConsumer;

/** A count for each constant of an enum, as {@link Counters}. */
public final class EnumCounters<E extends Enum<E>> {

  private final E[] constants;
  private final Counters counts;

  public EnumCounters(Class<E> of) {
    this.constants = of.getEnumConstants();
    this.counts = new Counters(constants.length);
  }

  /** For the thread whose counters they are. */
  @SuppressWarnings("EnumOrdinal") // It leaves this object as the constant that it stands for.
  public void increment(E constant) {
    counts.increment(constant.ordinal());
  }

  /** Hands over each count that is not 0. */
  public void forEach(BiConsumer<E, Long> taker) {
    counts.forEach((index, count) -> taker.accept(constants[index], count));
  }
}
