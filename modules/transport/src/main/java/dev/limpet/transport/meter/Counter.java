package dev.limpet.transport.meter;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A count that one thread writes and any thread may read, a moment later. */
public final class Counter {

  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private long value;

  /** For the thread whose counter it is. */
  public void increment() {
    add(1);
  }

  /** For the thread whose counter it is. */
  public void add(long more) {
    VALUE.setOpaque(this, value + more);
  }

  public long get() {
    return (long) VALUE.getOpaque(this);
  }
}
