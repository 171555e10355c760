package dev.limpet.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What commands that ask a running node have in common. */
final class AdminClient {

  /** A reload waits for the cluster to hear of new servers. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Option(
      names = "--admin",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:9080",
      description = "the node's admin listener (default: ${DEFAULT-VALUE})")
  private URI admin = URI.create("");

  /**
   * @throws IOException in words for an operator
   */
  JsonNode ask(String method, String path) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(admin.resolve(path))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .timeout(TIMEOUT)
              .build();
      return new ObjectMapper()
          .readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new IOException("no node answers at " + admin, e);
    }
  }
}
