package dev.limpet.proxy;

import java.lang.management.ManagementFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** What is in this JVM's memory. */
final class Heap {

  private Heap() {}

  /** Bytes that a full collection leaves. */
  static long used() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** How many objects of a class a full collection leaves. */
  static long instances(String className) {
    try {
      String histogram =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "gcClassHistogram",
                      new Object[] {new String[0]},
                      new String[] {String[].class.getName()});
      Matcher line =
          Pattern.compile(
                  "^ *\\d+: +(\\d+) +\\d+ +" + Pattern.quote(className) + "\\s", Pattern.MULTILINE)
              .matcher(histogram);
      return line.find() ? Long.parseLong(line.group(1)) : 0;
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }
}
