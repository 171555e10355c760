package dev.limpet.content.coding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.settings.route.Compression.Encoding;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptEncodingTest {

  private static final List<Encoding> OURS = List.of(Encoding.BR, Encoding.ZSTD, Encoding.GZIP);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "gzip, deflate, br, zstd      | BR",
        "gzip                         | GZIP",
        "x-gzip                       | GZIP",
        "GZip                         | GZIP",
        "gzip;q=1.0, br;q=0.5         | GZIP",
        "gzip; q=0.2, zstd;q=0.200    | ZSTD",
        "*                            | BR",
        "*, br;q=0                    | ZSTD",
        "*;q=0                        | -",
        "gzip;q=0                     | -",
        "identity                     | -",
        "identity;q=0.5, gzip;q=0.4   | -",
        "identity;q=0.5, gzip;q=0.5   | GZIP",
        "identity;q=0, gzip;q=0.001   | GZIP",
        "deflate                      | -",
        "gzipp, agzip                 | -",
        "gzip;q=7                     | -",
        "gzip;q=nonsense              | -",
        "gzip;level=9                 | -",
        "''                           | -",
        ",,, ;q=1, gzip               | GZIP",
      })
  void theClientsWeightsCountAndThenOurOrder(String line, String chosen) {
    Encoding wanted = chosen == null ? null : Encoding.valueOf(chosen);
    assertThat(AcceptEncoding.choose(List.of(line), OURS)).isEqualTo(wanted);
  }

  @Test
  void severalLinesAreOneList() {
    assertThat(AcceptEncoding.choose(List.of("deflate", "gzip"), OURS)).isEqualTo(Encoding.GZIP);
  }

  @Test
  void whoSaysNothingGetsTheBodyAsItIs() {
    assertThat(AcceptEncoding.choose(List.of(), OURS)).isNull();
    assertThat(AcceptEncoding.choose(List.of("gzip"), List.of())).isNull();
  }
}
