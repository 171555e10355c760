package dev.limpet.node.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.node.terminal.Table.Cell;
import dev.limpet.node.terminal.Table.Colour;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TableTest {

  private static final String LONG = "nodejs/[2001:db8:1111:2222:3333:4444:5555:6666]:65535";

  @Test
  void columnsAreAsWideAsTheirLongestCellAndNumbersEndWhereTheyDo() {
    Table table =
        new Table("SERVER", "ACTIVE", "HEALTH")
            .row("a", 5, new Cell("up", Colour.GREEN))
            .row(LONG, 12345678, "dead");
    String space = " ".repeat(LONG.length() - 1);
    assertThat(table.lines(false))
        .containsExactly(
            "SERVER" + space.substring(5) + "    ACTIVE  HEALTH",
            "a" + space + "         5  up",
            LONG + "  12345678  dead");
    assertThat(table.lines(true).get(1)).endsWith("  \u001b[32mup\u001b[0m");
  }

  @Test
  void whatOthersWroteMovesNoCursor() {
    String hostile = "a\u001b[2Jb\u202ec\nd\u009be\ud800f é 日";
    assertThat(new Table("WHO").row(hostile).lines(true))
        .containsExactly("WHO", "a?[2Jb?c?d?e?f é 日");
  }

  @Test
  void timesAreLocalWithTheirZoneAndAgesHaveOneUnit() {
    assertThat(Words.at(0)).matches("19(69|70)-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\S+");
    long now = Duration.ofDays(30).toMillis();
    assertThat(Words.ago(now, now)).isEqualTo("now");
    assertThat(Words.ago(now + 5000, now)).isEqualTo("now");
    assertThat(Words.ago(now - 59_999, now)).isEqualTo("59 s ago");
    assertThat(Words.ago(now - 200_000, now)).isEqualTo("3 min ago");
    assertThat(Words.ago(now - 47 * 3_600_000L, now)).isEqualTo("47 h ago");
    assertThat(Words.ago(0, now)).isEqualTo("30 days ago");
  }
}
