package dev.limpet.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The parts of the page that need no browser have tests of their own, in src/test/page. */
class PageScriptsTest {

  @Test
  void testsOfThePagePass() throws IOException, InterruptedException {
    Process node = new ProcessBuilder("node", "--test").redirectErrorStream(true).start();
    String output = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(node.waitFor()).as(output).isZero();
    assertThat(output).containsPattern("tests [1-9]");
  }
}
