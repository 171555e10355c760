import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Formats all sources with google-java-format, or checks that they are: {@code java Format.java JAR
 * apply|check}. It runs in a process of its own because it reads no newer Java than the JDK that it
 * runs on, and Maven's may be older than the sources.
 */
final class Format {

  public static void main(String[] args) throws IOException, InterruptedException {
    boolean apply = args[1].equals("apply");
    List<String> sources;
    try (Stream<Path> files = Files.walk(Path.of("modules"))) {
      sources =
          files
              .map(Path::toString)
              .filter(file -> file.endsWith(".java") && !file.contains("/target/"))
              .filter(file -> !file.contains("/node_modules/"))
              .sorted()
              .toList();
    }
    Path list = Files.createTempFile("sources", ".txt");
    Files.write(list, sources);
    String java = ProcessHandle.current().info().command().orElse("java");
    List<String> action =
        apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed");
    List<String> command =
        new ArrayList<>(List.of(java, "-jar", args[0], "--skip-reflowing-long-strings"));
    command.addAll(action);
    command.add("@" + list);
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    Files.delete(list);
    if (status != 0) {
      System.err.println(
          "Not formatted as above; mvn -N process-sources -Dformat=apply formats all.");
    }
    System.exit(status);
  }
}
