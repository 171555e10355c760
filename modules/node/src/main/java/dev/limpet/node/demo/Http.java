package dev.limpet.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Questions to the demo's processes, which may be dead. */
final class Http {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  private Http() {}

  static boolean answersOk(String url) throws InterruptedException {
    try {
      return CLIENT.send(request(url), HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException dead) {
      return false;
    }
  }

  /** The state that a node's admin API gives; a missing node if it says nothing. */
  static JsonNode state(String adminUrl) throws InterruptedException {
    String url = adminUrl + "/api/v1/state";
    try {
      return JSON.readTree(CLIENT.send(request(url), HttpResponse.BodyHandlers.ofString()).body());
    } catch (IOException dead) {
      return MissingNode.getInstance();
    }
  }

  private static HttpRequest request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
  }
}
