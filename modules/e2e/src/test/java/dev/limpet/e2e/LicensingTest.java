package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.fixture.LimpetNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/licensing.md says of everything that ships under which licence it does. */
class LicensingTest {

  private static final Pattern ROW =
      Pattern.compile("^[|] `([^`]+)` [|][^|]*[|] ([^|,]*)[^|]* [|]$", Pattern.MULTILINE);

  private static final Pattern OR = Pattern.compile(" or ");

  @Test
  void everythingThatShipsIsListedWithItsLicence() throws IOException {
    Path file = LimpetNode.DISTRIBUTION.resolve("sbom.json");
    assumeThat(file).as("not made where Maven is offline").exists();
    JsonNode bill = new ObjectMapper().readTree(file.toFile());
    Set<String> shipped = new TreeSet<>();
    for (JsonNode component : bill.path("components")) {
      String group = component.path("group").asText();
      if (!group.equals("dev.limpet")) {
        for (JsonNode entry : component.path("licenses")) {
          JsonNode licence = entry.path("license");
          shipped.add(group + " " + licence.path("id").asText(licence.path("name").asText()));
        }
      }
    }
    Set<String> listed = new TreeSet<>();
    String documentation = Files.readString(Path.of("..", "..", "docs", "licensing.md"));
    // What follows is of npm, and the dashboard's own test is for it.
    Matcher row =
        ROW.matcher(documentation.substring(0, documentation.indexOf("### The dashboard")));
    while (row.find()) {
      String group = row.group(1);
      OR.splitAsStream(row.group(2)).forEach(licence -> listed.add(group + " " + licence));
    }
    assertThat(listed).isEqualTo(shipped);
  }
}
