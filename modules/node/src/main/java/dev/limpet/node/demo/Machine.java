package dev.limpet.node.demo;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;

/** The machine that all processes of the demo share. */
final class Machine {

  private Machine() {}

  /** One sentence: what was measured, and what would be needed. */
  static String tooSlow(String measured) {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    return "the machine could not serve the clients: %s; two cores with nothing else to do are enough, here are %d with a load of %.1f"
        .formatted(measured, system.getAvailableProcessors(), system.getSystemLoadAverage());
  }
}
