package dev.limpet.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page as it ships: small, complete, and with all licences. */
class DashboardFilesTest {

  /** Names of XML's vocabularies, which nobody fetches. */
  private static final Pattern NAMESPACE =
      Pattern.compile("http://www[.]w3[.]org/(?:2000/svg|1999/xlink|1998/Math/MathML|1999/xhtml)");

  private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"]+)\"");

  @Test
  void itIsSmall() {
    int all = DashboardFiles.all().values().stream().mapToInt(file -> file.gzipped().length).sum();
    assertThat(all).isBetween(20_000, 100_000);
  }

  @Test
  void noFileNamesAnotherHost() {
    assertThat(DashboardFiles.all().values())
        .filteredOn(file -> !file.name().equals("licences.txt"))
        .isNotEmpty()
        .allSatisfy(
            file ->
                assertThat(NAMESPACE.matcher(text(file)).replaceAll(""))
                    .doesNotContain("http://", "https://", "ws://", "wss://", "url(//"));
  }

  @Test
  void thePageHasWhatItNeedsAndNothingStandsInIt() {
    String page = text(DashboardFiles.find(DashboardFiles.PAGE).orElseThrow());
    assertThat(REFERENCE.matcher(page).results().map(reference -> reference.group(1)))
        .hasSize(3)
        .allSatisfy(
            reference ->
                assertThat(DashboardFiles.find(reference.replaceFirst("^assets/", "")))
                    .as(reference)
                    .isPresent());
    assertThat(page).doesNotContain("<style", " style=", "onload", "<base").contains("</script>");
    assertThat(page.substring(page.indexOf("<script"))).contains("\"></script>");
  }

  @Test
  void whatItNeedsHasTheHashOfItsContentInItsName() {
    assertThat(DashboardFiles.all().keySet())
        .allMatch(
            name ->
                name.equals(DashboardFiles.PAGE)
                    || name.equals("licences.txt")
                    || name.matches("[a-z]+-[0-9a-f]{10}[.](?:js|css|svg)"));
  }

  @Test
  void theLicencesOfAllThatIsBundledAreThereAndInTheDocumentation() throws IOException {
    String texts = text(DashboardFiles.find("licences.txt").orElseThrow());
    Matcher bundled =
        Pattern.compile("^([a-z@/-]+) [0-9.]+ \\(([A-Za-z0-9.-]+)\\)$", Pattern.MULTILINE)
            .matcher(texts);
    Set<String> shipped = new TreeSet<>();
    while (bundled.find()) {
      shipped.add("`" + bundled.group(1) + "` " + bundled.group(2));
    }
    assertThat(shipped).isNotEmpty();
    String documentation = Files.readString(Path.of("..", "..", "docs", "licensing.md"));
    String ofPage = documentation.substring(documentation.indexOf("### The dashboard"));
    assertThat(
            Pattern.compile("^[|] (`[^`]+`) [|][^|]*[|] ([^|]+) [|]", Pattern.MULTILINE)
                .matcher(ofPage)
                .results()
                .map((MatchResult row) -> row.group(1) + " " + row.group(2)))
        .containsExactlyElementsOf(shipped);
    assertThat(texts).contains("Permission is hereby granted");
  }

  private static String text(DashboardFiles.Entry file) {
    return new String(file.content(), StandardCharsets.UTF_8);
  }
}
