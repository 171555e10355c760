package dev.limpet.transport.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FaultsTest {

  @Test
  void whatEndsTheMachineEndsTheProcess() {
    AtomicInteger ends = new AtomicInteger();
    Faults faults = new Faults(ends::incrementAndGet);
    faults.caught("a test", new OutOfMemoryError("Cannot reserve 1 bytes of direct buffer memory"));
    faults.caught("a test", new StackOverflowError());
    faults.caught("a test", new LinkageError());
    assertThat(ends).hasValue(0);
    faults.caught("a test", new OutOfMemoryError("Java heap space"));
    faults.caught("a test", new InternalError());
    assertThat(ends).hasValue(2);
  }
}
