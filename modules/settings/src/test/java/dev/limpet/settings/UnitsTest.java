package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.InvalidSettings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Switches, sizes and durations as they may be written. */
class UnitsTest {

  @Test
  void switchesTakeEveryWordForOnAndOff() throws InvalidSettings {
    for (String off : List.of("off", "false", "no", "OFF")) {
      Settings read =
          SmallestSettings.with(
              "limpet { admin = "
                  + off
                  + ", upstreams.nodejs { health.enabled = "
                  + off
                  + ", affinity { by = [], cookie { secure = "
                  + off
                  + " } } } }");
      assertThat(read.admin()).as(off).isEmpty();
      Settings.Upstream upstream = read.upstreams().values().iterator().next();
      assertThat(upstream.health().checks()).as(off).isEmpty();
      assertThat(upstream.affinity().rules()).as(off).isEmpty();
    }
    assertThat(SmallestSettings.with("limpet.admin = on").admin()).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "16384",
    "16k",
    "16K",
    "16 k",
    "16Ki",
    "16KiB",
    "16 kibibytes",
    "0.015625M",
    "16384b"
  })
  void aSizesUnitIsAPowerOf1024(String size) throws InvalidSettings {
    assertThat(
            SmallestSettings.with("limpet.limits.max-body-size = " + size).limits().maxBodySize())
        .isEqualTo(16384);
  }

  @ParameterizedTest
  @CsvSource({
    "10kB, 10k",
    "10 KB, 10K",
    "10Mb, 10M",
    "10MB, 10M",
    "10gb, 10g",
    "2 TB, 2T",
    "1.5mB, 1.5m",
    "10mib, 10m",
    "10kilobytes, 10k",
    "10 megabyte, 10m"
  })
  void aSizeThatMayMeanAnotherPowerIsNone(String size, String meant) {
    assertThat(
            SmallestSettings.refusal(
                SmallestSettings.TEXT + "limpet.limits.max-body-size = " + size))
        .endsWith("not \"" + size + "\"; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({
    "10 sec, 10s",
    "5 min, 5m",
    "5mins, 5m",
    "2hrs, 2h",
    "10S, 10s",
    "500 MSEC, 500ms",
    "2w, 14d",
    "1 year, 365d"
  })
  void aDurationInAnothersUnitsGetsAHint(String duration, String meant) {
    assertThat(
            SmallestSettings.refusal(
                SmallestSettings.TEXT + "limpet.node.drain-timeout = " + duration))
        .endsWith("not \"" + duration + "\"; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({"90s, 90", "90 seconds, 90", "1.5m, 90", "2 minutes, 120"})
  void aDurationMayBeWrittenInWords(String duration, int seconds) throws InvalidSettings {
    assertThat(
            SmallestSettings.with("limpet.node.drain-timeout = " + duration).node().drainTimeout())
        .isEqualTo(Duration.ofSeconds(seconds));
  }
}
