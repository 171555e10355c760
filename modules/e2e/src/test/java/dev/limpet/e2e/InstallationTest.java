package dev.limpet.e2e;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.FreshMachine;
import dev.limpet.e2e.fixture.NotifySocket;
import dev.limpet.testkit.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the packages, installed and run as nobody special. */
class InstallationTest {

  private static final Path TREE = Path.of("..", "..").toAbsolutePath().normalize();
  private static final Path PACKAGES = TREE.resolve("modules/package/target");
  private static final String JAVA = System.getProperty("java.home");

  /** Fails where the start-up cache cannot be used. */
  private static final String CACHE_USED = "-XX:AOTMode=on -Xmx256m ";

  private static final String OF_THE_PACKAGE =
      "/usr/lib/limpet /usr/bin/limpet /etc/limpet /var/lib/limpet /var/log/limpet";

  private static final String VERSION =
      "limpet \\S+ \\(([0-9a-f]{12}(-dirty)?|unknown)\\), Java \\S+\n";

  /** It answers when /release has been asked for. */
  private static final String SERVER =
      """
      const waiting = [];
      require('http').createServer((request, response) => {
        if (request.url === '/slow') {
          console.log('slow has come');
          waiting.push(response);
        } else {
          if (request.url === '/release') waiting.forEach(other => other.end('released'));
          response.end('hello');
        }
      }).listen(3000, '127.0.0.1', () => console.log('server is up'));
      """;

  private static final String GET =
      """
      fetch(process.argv[1], { redirect: 'manual' })
          .then(async response => console.log(response.status, await response.text()));
      """;

  /** In /tmp, where everybody may come to. */
  @TempDir private Path directory;

  @BeforeEach
  void everybodyMayComeHere() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void theArchiveRunsFromWhereverItIsUnpacked() throws Exception {
    Path program = unpacked();
    assertThat(run(Map.of(), "grep", "-rlF", TREE + "/modules", program.toString())).isEmpty();
    run(Map.of(), "chmod", "-R", "a-w", program.toString());
    Path link =
        Files.createSymbolicLink(directory.resolve("limpet"), program.resolve("bin/limpet"));
    assertThat(asAnybody(CACHE_USED, link.toString(), "version")).matches(VERSION);
    assertThat(Files.readString(program.resolve("share/man/man1/limpet.1")))
        .contains("limpet run", "limpet servers drain", "limpet certs init", "LIMPET_TOKEN")
        .doesNotContain("rehearse");
    assertThat(program.resolve("share/bash-completion/completions/limpet"))
        .content()
        .contains("drain");
    serves(program);
    Files.setLastModifiedTime(program.resolve("lib/limpet.jar"), FileTime.from(Instant.now()));
    assertThat(asAnybody("", link.toString(), "version"))
        .as("without a cache that fits")
        .matches(VERSION);
    run(Map.of(), "chmod", "-R", "u+w", program.toString());
  }

  private Path unpacked() throws Exception {
    try (Stream<Path> files = Files.list(PACKAGES)) {
      Path archive =
          files.filter(file -> file.toString().endsWith(".tar.gz")).findFirst().orElseThrow();
      run(Map.of(), "tar", "-xf", archive.toString(), "-C", directory.toString());
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(Files::isDirectory).findFirst().orElseThrow();
    }
  }

  /** Nor does it need a folder for what it would unpack. */
  private void serves(Path program) throws Exception {
    int port = Ports.free();
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path settings =
        Files.writeString(
            directory.resolve("limpet.conf"),
            """
            limpet {
              node { name = installed, data = "%s/node" }
              listeners = [ { name = http, bind = "127.0.0.1:%d" } ]
              hosts = [ { routes = [ { path = "/", redirect { to = "/there", status = 302 } } ] } ]
              cluster.bind = "127.0.0.1:%d"
              admin.bind = "127.0.0.1:%d"
            }
            """
                .formatted(data, port, Ports.free(), Ports.free()));
    String name = "limpet-" + UUID.randomUUID();
    Map<String, String> environment = environment(CACHE_USED + "-Djava.io.tmpdir=/nowhere");
    environment.put("NOTIFY_SOCKET", "@" + name);
    List<String> command =
        anybody(program.resolve("bin/limpet").toString(), "run", "--config", settings.toString());
    try (NotifySocket supervisor = new NotifySocket("\0" + name);
        Child node = Child.start("node", directory, command, environment)) {
      supervisor.await("READY=1");
      assertThat(run(Map.of(), "node", "-e", GET, "http://127.0.0.1:%d/".formatted(port)))
          .startsWith("302");
      assertThat(data.resolve("node/changes.db")).exists();
      node.terminate();
      supervisor.await("STOPPING=1");
      assertThat(node.awaitExit()).as(node.output()).isZero();
    }
  }

  @Test
  void theDebianPackageIsTheServiceThatItsUnitDescribes() throws Exception {
    assumeThat(isRoot() && FreshMachine.possible() && Files.exists(Path.of("/usr/bin/dpkg")))
        .as("only root may make a machine, and install something there")
        .isTrue();
    Path shared = Files.createDirectory(directory.resolve("shared"));
    try (FreshMachine machine =
            new FreshMachine(directory, shared, List.of(PACKAGES, Path.of(JAVA)));
        NotifySocket supervisor = new NotifySocket(shared + "/notify")) {
      Files.setPosixFilePermissions(
          shared.resolve("notify"), PosixFilePermissions.fromString("rwxrwxrwx"));
      // Java is there, if not by Debian's name.
      machine.run(
          "dpkg", "--install", "--force-depends", PACKAGES.resolve("limpet.deb").toString());
      Map<String, List<String>> unit = unit(machine);
      try (Child server = machine.startBeside("server", List.of("node", "-e", SERVER));
          Child node = machine.start("node", service(), as(unit, "ExecStart", 0, ""))) {
        server.awaitOutput("server is up");
        supervisor.await("READY=1");
        supervisor.await("WATCHDOG=1");
        assertThat(get(machine, "/")).isEqualTo("200 hello\n");
        reloads(machine, supervisor, unit, Long.toString(node.pid()));
        stops(machine, supervisor, server, node);
      }
      assertThat(machine.run("ls", "/var/lib/limpet")).contains("changes.db");
      assertThat(machine.run("find", "/usr/lib/limpet", "/etc/limpet", "-user", "limpet"))
          .isEmpty();
      machine.run("dpkg", "--purge", "limpet");
      assertThat(machine.run("sh", "-c", "ls -d " + OF_THE_PACKAGE + " 2> /dev/null || true"))
          .isEmpty();
    }
  }

  private void reloads(
      FreshMachine machine, NotifySocket supervisor, Map<String, List<String>> unit, String pid) {
    machine.run(
        "sed", "-i", "s/upstream = nodejs/redirect.to = \"\\/new\"/", "/etc/limpet/limpet.conf");
    for (int i = 0; i < 2; i++) {
      machine.run(as(unit, "ExecReload", i, pid).toArray(String[]::new));
    }
    assertThat(supervisor.await("MONOTONIC_USEC=")).matches("MONOTONIC_USEC=\\d+");
    supervisor.await("READY=1");
    assertThat(get(machine, "/")).startsWith("30");
    machine.run("sed", "-i", "s/redirect.to.*new\"/upstream = nodejs/", "/etc/limpet/limpet.conf");
    machine.run(as(unit, "ExecReload", 1, pid).toArray(String[]::new));
    supervisor.await("READY=1");
    machine.run("sed", "-i", "s/upstream = nodejs/upstream = nothing/", "/etc/limpet/limpet.conf");
    try (Child check = machine.start("check", service(), as(unit, "ExecReload", 0, pid))) {
      assertThat(check.awaitExit()).isEqualTo(2);
      assertThat(check.output()).contains("nothing");
    }
  }

  private void stops(FreshMachine machine, NotifySocket supervisor, Child server, Child node) {
    try (Child slow = machine.startBeside("slow", get("/slow"))) {
      server.awaitOutput("slow has come");
      node.terminate();
      supervisor.await("STOPPING=1");
      assertThat(node.isAlive()).isTrue();
      try (Child release =
          machine.startBeside(
              "release", List.of("node", "-e", GET, "http://127.0.0.1:3000/release"))) {
        assertThat(release.awaitExit()).isZero();
      }
      assertThat(slow.awaitExit()).isZero();
      assertThat(slow.output()).isEqualTo("200 released\n");
    }
    assertThat(node.awaitExit()).as(node.output()).isZero();
  }

  private static Map<String, List<String>> unit(FreshMachine machine) {
    return machine
        .run("cat", "/usr/lib/systemd/system/limpet.service")
        .lines()
        .filter(line -> line.matches("\\w+=.*"))
        .map(line -> line.split("=", 2))
        .collect(groupingBy(line -> line[0], mapping(line -> line[1], toList())));
  }

  /** A command of the unit, as what it is to be run as. */
  private static List<String> as(
      Map<String, List<String>> unit, String key, int index, String mainPid) {
    String capability = only(unit, "AmbientCapabilities").replaceFirst("CAP_", "+");
    assertThat(only(unit, "NoNewPrivileges")).isEqualTo("yes");
    List<String> command =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid=" + only(unit, "User"),
                "--regid=" + only(unit, "Group"),
                "--init-groups",
                "--inh-caps=-all," + capability,
                "--ambient-caps=-all," + capability,
                "--bounding-set=-all," + capability,
                "--no-new-privs",
                "env",
                "--chdir=" + only(unit, "WorkingDirectory")));
    command.addAll(List.of(values(unit, key).get(index).replace("$MAINPID", mainPid).split(" ")));
    return command;
  }

  private static String only(Map<String, List<String>> unit, String key) {
    assertThat(values(unit, key)).hasSize(1);
    return values(unit, key).get(0);
  }

  private static List<String> values(Map<String, List<String>> unit, String key) {
    return unit.getOrDefault(key, List.of());
  }

  private Map<String, String> service() {
    Map<String, String> environment = environment(CACHE_USED);
    environment.put("NOTIFY_SOCKET", "/shared/notify");
    environment.put("WATCHDOG_USEC", "3000000");
    return environment;
  }

  private static List<String> get(String path) {
    return List.of("node", "-e", GET, "http://127.0.0.1" + path);
  }

  private static String get(FreshMachine machine, String path) {
    try (Child client = machine.startBeside("client", get(path))) {
      assertThat(client.awaitExit()).as(client.output()).isZero();
      return client.output();
    }
  }

  private String asAnybody(String javaOptions, String... command) throws Exception {
    return run(environment(javaOptions), anybody(command).toArray(String[]::new));
  }

  /** Root may write where nobody may. */
  private static List<String> anybody(String... command) {
    List<String> all = new ArrayList<>();
    if (isRoot()) {
      all.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    all.addAll(List.of(command));
    return all;
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static Map<String, String> environment(String javaOptions) {
    return new HashMap<>(Map.of("LIMPET_JAVA_HOME", JAVA, "LIMPET_JAVA_OPTS", javaOptions));
  }

  private String run(Map<String, String> environment, String... command) throws Exception {
    try (Child child =
        Child.start(
            Path.of(command[0]).getFileName().toString(),
            directory,
            List.of(command),
            environment)) {
      int status = child.awaitExit();
      assertThat(status).as(child.output()).isLessThan(2);
      return child.output();
    }
  }
}
