package dev.limpet.proxy.exactness;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A Node.js process that says what it understands of raw bytes. */
final class NodeReference implements AutoCloseable {

  private final Path script;
  private final Process node;
  private final int port;
  private final int controlPort;
  private final HttpClient http = HttpClient.newHttpClient();

  NodeReference() {
    try (InputStream source =
        Objects.requireNonNull(NodeReference.class.getResourceAsStream("/reference.js"))) {
      script = Files.createTempFile("reference", ".js");
      Files.write(script, source.readAllBytes());
      node =
          new ProcessBuilder("node", script.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      BufferedReader output = node.inputReader(StandardCharsets.US_ASCII);
      String line = output.readLine();
      if (line == null) {
        throw new IllegalStateException("node does not start");
      }
      List<String> ports = List.of(line.split(" ", -1));
      port = Integer.parseInt(ports.get(0));
      controlPort = Integer.parseInt(ports.get(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where its server listens. */
  int port() {
    return port;
  }

  /** The requests its server has understood since this was asked last. */
  List<Understood> seen() {
    return control("/seen").getConfigList("seen").stream().map(Understood::request).toList();
  }

  /** What its client understands of the response to a request. */
  Understood fetch(int from, String method, String path) {
    String query =
        "port=%d&method=%s&path=%s"
            .formatted(from, method, URLEncoder.encode(path, StandardCharsets.UTF_8));
    return Understood.response(control("/fetch?" + query));
  }

  /** Sends bytes, closes the sending side, and reads all that comes back. */
  static String exchange(int port, String bytes) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      return exchange(socket, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String exchange(Socket socket, String bytes) {
    StringBuilder read = new StringBuilder();
    try {
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      byte[] buffer = new byte[8192];
      int length;
      while ((length = socket.getInputStream().read(buffer)) >= 0) {
        read.append(new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
      }
    } catch (IOException reset) {
      // A refusal may cut the connection while there is more to send.
    }
    return read.toString();
  }

  private Config control(String target) {
    URI uri = URI.create("http://127.0.0.1:" + controlPort + target);
    try {
      String json =
          http.send(
                  HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      return ConfigFactory.parseString(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    node.destroy();
    try {
      node.waitFor(5, TimeUnit.SECONDS);
      Files.deleteIfExists(script);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A message as Node.js understood it.
   *
   * @param start method and target, or status and reason
   * @param fields name and value of each header line, in order
   * @param error why there is no response, or empty
   */
  record Understood(
      boolean complete,
      String start,
      List<Field> fields,
      String body,
      List<Field> trailers,
      List<String> interim,
      String error) {

    record Field(String name, String value) {}

    static Understood request(Config json) {
      return new Understood(
          json.getBoolean("complete"),
          json.getString("method") + " " + json.getString("url"),
          fields(json.getStringList("headers")),
          json.getString("body"),
          fields(json.getStringList("trailers")),
          List.of(),
          "");
    }

    static Understood response(Config json) {
      List<String> interim =
          json.getConfigList("interim").stream()
              .map(i -> i.getInt("status") + " " + fields(i.getStringList("headers")))
              .toList();
      if (!json.hasPath("status")) {
        return new Understood(
            false, "", List.of(), "", List.of(), interim, json.getString("error"));
      }
      return new Understood(
          json.getBoolean("complete"),
          json.getInt("status") + " " + json.getString("reason"),
          fields(json.getStringList("headers")),
          json.getString("body"),
          fields(json.getStringList("trailers")),
          interim,
          json.getString("error"));
    }

    /** The value of a field, or null; {@code name} in lower case. */
    @Nullable String find(String name) {
      for (Field field : fields) {
        if (field.name().equalsIgnoreCase(name)) {
          return field.value();
        }
      }
      return null;
    }

    Understood withFields(List<Field> other) {
      return new Understood(complete, start, other, body, trailers, interim, error);
    }

    Understood withStart(String other) {
      return new Understood(complete, other, fields, body, trailers, interim, error);
    }

    Understood withTrailers(List<Field> other) {
      return new Understood(complete, start, fields, body, other, interim, error);
    }

    private static List<Field> fields(List<String> raw) {
      List<Field> fields = new ArrayList<>();
      for (int i = 0; i < raw.size(); i += 2) {
        fields.add(new Field(raw.get(i), raw.get(i + 1)));
      }
      return fields;
    }
  }
}
