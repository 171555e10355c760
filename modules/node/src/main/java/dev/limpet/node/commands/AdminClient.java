package dev.limpet.node.commands;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertPathBuilderException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The client of commands that ask a running node. */
final class AdminClient {

  /** A reload waits for the cluster to hear of new servers. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--node",
      paramLabel = "URL",
      scope = ScopeType.INHERIT,
      defaultValue = "http://127.0.0.1:9080",
      description = "the node's admin listener (default: ${DEFAULT-VALUE})")
  private String admin = "";

  @Mixin private Credentials credentials;

  /**
   * @throws IOException in words for an operator
   */
  JsonNode ask(String method, String path) throws IOException, InterruptedException {
    Answer answer = send(method, path, null, Map.of());
    if (answer.status() == HttpURLConnection.HTTP_UNAUTHORIZED
        || answer.status() == HttpURLConnection.HTTP_FORBIDDEN) {
      answer.orRefusal();
    }
    return answer.json();
  }

  /**
   * @param body null for none
   * @param headers with {@code Accept: text/plain} where the answer may be text
   * @return also where the node refuses
   * @throws IOException in words for an operator, where no node answers
   */
  Answer send(String method, String path, @Nullable JsonNode body, Map<String, String> headers)
      throws IOException, InterruptedException {
    try (HttpClient http = credentials.client()) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(address().resolve(path))
              .method(
                  method,
                  body == null
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body.toString()))
              .timeout(TIMEOUT)
              .header("Content-Type", "application/json")
              .header("User", System.getProperty("user.name", ""));
      headers.forEach(request::header);
      Optional<String> authorization = credentials.authorization();
      authorization.ifPresent(shown -> request.header("Authorization", shown));
      HttpResponse<String> answer = answer(http, request.build());
      String type = answer.headers().firstValue("content-type").orElse("");
      if (answer.statusCode() == HttpURLConnection.HTTP_OK
          && type.startsWith("text/plain")
          && headers.containsValue("text/plain")) {
        return new Answer(answer.statusCode(), TextNode.valueOf(answer.body()), "");
      }
      try {
        JsonNode json = new ObjectMapper().readTree(answer.body());
        if (answer.statusCode() == HttpURLConnection.HTTP_UNAUTHORIZED) {
          throw new Refusal(
              admin
                  + (authorization.isEmpty()
                      ? " asks for a token: "
                      : " does not let this token in: ")
                  + Credentials.WHERE,
              ExitCodes.NOT_ALLOWED);
        }
        if (json.isObject()) {
          return new Answer(
              answer.statusCode(), json, answer.headers().firstValue("etag").orElse(""));
        }
      } catch (JsonProcessingException notOurs) {
        // As below.
      }
      throw notANode(answer);
    } catch (ConnectException | HttpTimeoutException e) {
      throw new IOException("no node answers at " + admin, e);
    } catch (SSLException e) {
      throw new IOException(tlsFailure(e), e);
    }
  }

  private String tlsFailure(SSLException failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String why = String.valueOf(cause.getMessage());
    if (why.contains("Unsupported or unrecognized SSL message")) {
      return admin + " does not speak TLS: write http://";
    }
    if (cause instanceof CertPathBuilderException) {
      return "the certificate that "
          + admin
          + " shows is of no authority that is believed here;"
          + " --ca FILE names one's own";
    }
    return why.contains("certificate_required") || why.contains("bad_certificate")
        ? admin + " takes no such certificate: " + why
        : "TLS with " + admin + " fails: " + why;
  }

  private HttpResponse<String> answer(HttpClient http, HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException | HttpTimeoutException | SSLException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(admin + " has ended the connection: " + e.getMessage(), e);
    }
  }

  /** Something listens there, and it is no admin API. */
  IOException notANode(HttpResponse<?> answer) {
    return notANode(
        "it answered %d %s"
            .formatted(
                answer.statusCode(),
                answer.headers().firstValue("content-type").orElse("without a content type")));
  }

  IOException notANode(String what) {
    return new IOException(
        "what answers at %s is not a node's admin API (%s); is that a traffic port?"
            .formatted(admin, what));
  }

  private URI address() {
    String scheme = credentials.isForTls() ? "https://" : "http://";
    String url = admin.contains("://") ? admin : scheme + admin;
    try {
      URI parsed = new URI(url);
      if (parsed.getHost() != null && List.of("http", "https").contains(parsed.getScheme())) {
        return parsed;
      }
    } catch (URISyntaxException e) {
      // As below.
    }
    throw new ParameterException(
        spec.commandLine(),
        "--node: \"%s\" is not an address; write 127.0.0.1:9080 or http://127.0.0.1:9080"
            .formatted(admin));
  }
}
