package dev.limpet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.e2e.fixture.Browser;
import dev.limpet.e2e.fixture.ChatBackend;
import dev.limpet.e2e.fixture.LimpetNode;
import dev.limpet.e2e.fixture.UnderTarget;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The promise of the whole product: three nodes, three Node.js processes, one server a client. */
class SessionAffinityTest {

  @TempDir(factory = UnderTarget.class, cleanup = CleanupMode.ON_SUCCESS)
  static Path directory;

  private static final List<ChatBackend> backends = new ArrayList<>();
  private static final List<LimpetNode> nodes = new ArrayList<>();

  @BeforeAll
  static void startAll() {
    for (int i = 1; i <= 3; i++) {
      backends.add(new ChatBackend("backend-" + i, directory));
    }
    nodes.addAll(LimpetNode.cluster(3, directory, backends));
  }

  @AfterAll
  static void stopAll() {
    nodes.forEach(LimpetNode::close);
    backends.forEach(ChatBackend::close);
  }

  @Test
  void aClientKeepsItsBackendAtEveryNodeThroughDeathsOfNodesAndMovesOnceWithItsBackend() {
    Map<Browser, Browser.WhoAmI> last = new HashMap<>();
    for (int i = 0; i < 30; i++) {
      Browser browser = new Browser();
      last.put(browser, browser.whoAmI(nodes.get(i % 3)));
    }
    assertThat(last.values().stream().map(Browser.WhoAmI::backend).distinct()).hasSize(3);

    visitWithoutAGap(last, nodes);

    nodes.get(0).process().kill();
    visitWithoutAGap(last, nodes.subList(1, 3));

    nodes.get(0).restart();
    nodes.get(0).awaitReady();
    visitWithoutAGap(last, nodes);

    ChatBackend dead = backends.get(0);
    dead.kill();
    Map<Browser, String> movedTo = new HashMap<>();
    for (Map.Entry<Browser, Browser.WhoAmI> client : last.entrySet()) {
      boolean mustMove = client.getValue().backend().equals(dead.name());
      for (LimpetNode node : nodes) {
        String backend = client.getKey().whoAmI(node).backend();
        if (mustMove) {
          assertThat(backend).isNotEqualTo(dead.name());
          assertThat(movedTo.computeIfAbsent(client.getKey(), unseen -> backend))
              .as("the same new backend at every node")
              .isEqualTo(backend);
        } else {
          assertThat(backend).isEqualTo(client.getValue().backend());
        }
      }
    }
    assertThat(movedTo).isNotEmpty();

    dead.restart();
    for (Map.Entry<Browser, String> client : movedTo.entrySet()) {
      for (LimpetNode node : nodes) {
        assertThat(client.getKey().whoAmI(node).backend())
            .as("does not move back by itself")
            .isEqualTo(client.getValue());
      }
    }
  }

  @Test
  void aCookieThatLimpetDidNotSignIsANewClient() {
    Browser browser = new Browser();
    browser.whoAmI(nodes.get(0));
    String genuine = browser.cookies().getOrDefault("limpet", "");
    assertThat(genuine).isNotEmpty();
    int logged = nodes.get(1).process().output().length();
    for (String cookie :
        List.of("", "x", genuine.substring(1), genuine + "A", "B" + genuine.substring(1), "%00")) {
      var response = LimpetNode.get(nodes.get(1).url("/whoami"), "Cookie", "limpet=" + cookie);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().allValues("set-cookie"))
          .as("a new cookie instead of %s", cookie)
          .anyMatch(set -> set.startsWith("limpet="));
    }
    assertThat(nodes.get(1).process().output().substring(logged))
        .doesNotContain("WARN", "ERROR")
        .doesNotContainIgnoringCase("cookie");
  }

  @Test
  void aNodeThatIsToldToStopFinishesAndEndsWithZero() {
    nodes.get(2).process().terminate();
    assertThat(nodes.get(2).process().awaitExit()).isZero();
    nodes.get(2).restart();
    nodes.get(2).awaitReady();
  }

  private static void visitWithoutAGap(Map<Browser, Browser.WhoAmI> last, List<LimpetNode> alive) {
    for (Map.Entry<Browser, Browser.WhoAmI> client : last.entrySet()) {
      for (LimpetNode node : alive) {
        Browser.WhoAmI before = client.getValue();
        Browser.WhoAmI now = client.getKey().whoAmI(node);
        assertThat(now)
            .as("at %s, logs in %s", node.name(), node.directory())
            .isEqualTo(new Browser.WhoAmI(before.backend(), before.pid(), before.visits() + 1));
        client.setValue(now);
      }
    }
  }
}
