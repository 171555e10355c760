package dev.limpet.e2e.monitoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.e2e.fixture.Child;
import dev.limpet.e2e.fixture.NpmPackages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * An expression in Prometheus's query language, as Prometheus's own grammar reads it.
 *
 * @param mistakes where it is no PromQL; empty where it is
 * @param figures that it asks for
 * @param groupings the labels of all {@code by}, {@code on} and {@code group_left} in it
 */
record PromQl(List<String> mistakes, List<Figure> figures, List<String> groupings) {

  private static final Path PROJECT = Path.of("promql").toAbsolutePath();
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A figure, and the labels that choose some of it.
   *
   * @param name {@code ""} where it is chosen by labels alone
   */
  record Figure(String name, List<String> labels) {}

  /**
   * @param directory for what is said
   */
  static List<PromQl> read(List<String> expressions, Path directory) throws IOException {
    NpmPackages.install(PROJECT, directory);
    Path file = Files.createTempFile(directory, "promql", ".json");
    JSON.writeValue(file.toFile(), expressions);
    List<PromQl> read = new ArrayList<>();
    try (Child node =
        Child.start(
            "promql",
            directory,
            List.of("node", PROJECT.resolve("read.js").toString(), file.toString()),
            Map.of())) {
      if (node.awaitExit() != 0) {
        throw new IOException(node.output());
      }
      for (JsonNode one : JSON.readTree(node.output())) {
        List<Figure> figures = new ArrayList<>();
        for (JsonNode figure : one.path("figures")) {
          figures.add(new Figure(figure.path("name").asText(), texts(figure.path("labels"))));
        }
        read.add(new PromQl(texts(one.path("mistakes")), figures, texts(one.path("groupings"))));
      }
    }
    return read;
  }

  private static List<String> texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }
}
