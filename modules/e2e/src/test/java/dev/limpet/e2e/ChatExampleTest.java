package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.UnderTarget;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The example and its load driver judge Limpet, so they have tests of their own, in JavaScript. */
class ChatExampleTest {

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  @Test
  void theExamplesOwnTestsPass() {
    ChatBackend.installPackages(directory);
    try (Child tests =
        Child.start(
            "npm-test",
            directory,
            List.of("npm", "test", "--prefix", ChatBackend.CHAT.toString()),
            Map.of())) {
      assertThat(tests.awaitExit()).as("%s", tests.output()).isZero();
    }
  }
}
