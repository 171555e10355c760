package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.settings.PassiveChecks;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.time.Duration;

/** Reads an upstream's {@code health.passive}. */
final class PassiveReader {

  private static final double MAX_FACTOR = 1000;

  private PassiveReader() {}

  static PassiveChecks read(Section passive) {
    Duration eject = passive.duration("eject", "100ms", "1h");
    Duration maxEject = passive.duration("max-eject", "100ms", "24h");
    if (!maxEject.isZero() && maxEject.compareTo(eject) < 0) {
      passive.reject("max-eject", "it is shorter than eject, " + eject.toMillis() + " ms");
    }
    Duration window = passive.duration("window", "1s", "10m");
    if (window.toMillisPart() != 0) {
      passive.reject("window", window.toMillis() + " ms are not whole seconds");
    }
    return new PassiveChecks(
        passive.onOff("enabled"),
        passive.whole("fails", 0, 1000),
        passive.whole("server-errors", 0, 1000),
        passive.get("error-rate", 0.0, Values::share),
        passive.get("slow-factor", 0.0, PassiveReader::factor),
        window,
        passive.whole("min-requests", 1, 1_000_000),
        eject,
        maxEject,
        passive.get("max-ejected", 0.0, PassiveReader::shareOfServers));
  }

  private static double factor(ConfigValue value) {
    String text = Values.text(value);
    if (!text.matches("[0-9]{1,4}([.][0-9]{1,6})?")) {
      throw Values.expected("a number such as 3 or 2.5, or 0", value);
    }
    double factor = Double.parseDouble(text);
    if (factor != 0 && (factor <= 1 || factor > MAX_FACTOR)) {
      throw new IllegalArgumentException(
          text + " is out of range: it must be above 1 and at most 1000, or 0");
    }
    return factor;
  }

  private static double shareOfServers(ConfigValue value) {
    double share = Values.share(value);
    if (share == 0) {
      throw new IllegalArgumentException(
          "0% is out of range: it must be above 0%; enabled = off switches passive checks off");
    }
    return share;
  }
}
