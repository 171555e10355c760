package dev.limpet.kubernetes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.limpet.certificates.PemFiles;
import dev.limpet.certificates.TlsContexts;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Asks the API server for EndpointSlices. Blocks: for virtual threads. Safe for threads.
 *
 * <p>It speaks HTTP/1.1, where each watch has a connection of its own. One that is dead without a
 * sign goes with its watch; by HTTP/2 the next watch would be sent over it again.
 */
final class ApiClient {

  private static final int LONGEST_LIST = 32 << 20;
  private static final int LONGEST_REFUSAL = 64 << 10;
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  static final ObjectMapper JSON = new ObjectMapper();

  /** All slices at one moment, whose version it has. */
  record SliceList(String version, List<EndpointSlice> slices) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record ListBody(
      EndpointSlice.@Nullable Metadata metadata, @Nullable List<EndpointSlice> items) {}

  /** What the API server says where it does not do what it was asked for. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Status(@Nullable Integer code, @Nullable String message) {}

  private final Optional<URI> api;
  private final Map<String, String> environment;
  private final ServiceAccount account;
  private final Pace pace;
  private byte[] authority = {};
  private @Nullable HttpClient http;

  ApiClient(Optional<URI> api, Map<String, String> environment, ServiceAccount account, Pace pace) {
    this.api = api;
    this.environment = environment;
    this.account = account;
    this.pace = pace;
  }

  SliceList list(SliceQuery query) throws IOException, InterruptedException {
    String namespace = namespace(query);
    try (InputStream stream = open(query.path(namespace), namespace);
        Deadline _ = Deadline.in(pace.answer(), stream)) {
      byte[] body = whole(stream);
      if (body.length > LONGEST_LIST) {
        throw new ApiFailure("the list of EndpointSlices has more than 32 MB");
      }
      ListBody list = JSON.readValue(body, ListBody.class);
      if (list == null || list.items() == null || list.items().contains(null)) {
        throw new ApiFailure("the answer is no list of EndpointSlices");
      }
      return new SliceList(EndpointSlice.version(list.metadata()), list.items());
    } catch (JsonProcessingException e) {
      throw new ApiFailure(
          "the answer is no list of EndpointSlices: " + Words.shown(e.getOriginalMessage()));
    }
  }

  private static byte[] whole(InputStream stream) throws IOException {
    try {
      return stream.readNBytes(LONGEST_LIST + 1);
    } catch (IOException e) {
      throw new IOException("the answer broke off: " + Words.of(e), e);
    }
  }

  /** Opens a stream of what happens after a version. */
  EventStream watch(SliceQuery query, String version) throws IOException, InterruptedException {
    String namespace = namespace(query);
    long seconds = pace.watch().toSeconds();
    Duration limit =
        Duration.ofSeconds(seconds + ThreadLocalRandom.current().nextLong(seconds / 3 + 1));
    InputStream stream =
        open(
            query.path(namespace)
                + "&watch=1&allowWatchBookmarks=true&timeoutSeconds="
                + limit.toSeconds()
                + "&resourceVersion="
                + URLEncoder.encode(version, StandardCharsets.UTF_8),
            namespace);
    return new EventStream(stream, Deadline.in(limit.plus(pace.answer()), stream));
  }

  private String namespace(SliceQuery query) throws IOException {
    if (query.namespace().isPresent()) {
      return query.namespace().get();
    }
    return account
        .namespace()
        .orElseThrow(
            () ->
                new ApiFailure(
                    "namespace is not set, and there is no file "
                        + account.folder().resolve("namespace")));
  }

  /** The token may be replaced between its reading and the answer. */
  private InputStream open(String path, String namespace) throws IOException, InterruptedException {
    URI server = server();
    Optional<String> token = account.token();
    HttpResponse<InputStream> response = send(server, path, token);
    if (response.statusCode() == 401) {
      Optional<String> next = account.token();
      if (!next.equals(token)) {
        response.body().close();
        response = send(server, path, next);
      }
    }
    if (response.statusCode() == 200) {
      return response.body();
    }
    throw refusal(response, namespace);
  }

  private HttpResponse<InputStream> send(URI server, String path, Optional<String> token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.resolve(path))
            .timeout(pace.answer())
            .header("Accept", "application/json")
            .header("User-Agent", "limpet");
    token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
    try {
      return http().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new IOException(server + ": " + Words.of(e), e);
    }
  }

  private URI server() throws ApiFailure {
    if (api.isPresent()) {
      return api.get();
    }
    String host = environment.get("KUBERNETES_SERVICE_HOST");
    if (host == null || host.isBlank()) {
      throw new ApiFailure(
          "kubernetes.api is not set, and KUBERNETES_SERVICE_HOST is not in the environment: this is"
              + " no pod");
    }
    String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
    try {
      return URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
    } catch (IllegalArgumentException e) {
      throw new ApiFailure(
          "KUBERNETES_SERVICE_HOST and _PORT are no address: " + host + " " + port);
    }
  }

  /** Another one when the authority's file is another. */
  private synchronized HttpClient http() throws IOException {
    Path file = account.authority();
    byte[] now = Files.exists(file) ? PemFiles.read(file) : new byte[0];
    HttpClient known = http;
    if (known != null && Arrays.equals(authority, now)) {
      return known;
    }
    try {
      HttpClient next =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT)
              .sslContext(
                  TlsContexts.of(null, now.length == 0 ? List.of() : PemFiles.certificates(file)))
              .build();
      http = next;
      authority = now;
      if (known != null) {
        known.shutdown();
      }
      return next;
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": cannot be used: " + e.getMessage(), e);
    }
  }

  private ApiFailure refusal(HttpResponse<InputStream> response, String namespace)
      throws IOException {
    int status = response.statusCode();
    String said;
    try (InputStream body = response.body();
        Deadline _ = Deadline.in(pace.answer(), body)) {
      said = said(body.readNBytes(LONGEST_REFUSAL));
    }
    String why =
        switch (status) {
          case 401 -> account.folder().resolve("token") + " is not accepted";
          case 403 ->
              "the service account may not list and watch endpointslices in namespace \""
                  + namespace
                  + "\"; it needs a Role with apiGroups: [discovery.k8s.io], resources:"
                  + " [endpointslices], verbs: [list, watch]";
          default -> "";
        };
    String words = why.isEmpty() ? said : said.isEmpty() ? why : why + " (" + said + ")";
    return new ApiFailure(
        status,
        response.uri().resolve("/") + ": " + status + (words.isEmpty() ? "" : ": " + words),
        response.headers().firstValue("Retry-After").map(ApiClient::pause).orElse(Duration.ZERO));
  }

  private static String said(byte[] body) {
    try {
      Status status = JSON.readValue(body, Status.class);
      String message = status == null ? null : status.message();
      return message == null ? "" : Words.shown(message);
    } catch (IOException noStatus) {
      return "";
    }
  }

  private static Duration pause(String seconds) {
    if (!seconds.matches("[0-9]{1,9}")) {
      return Duration.ZERO;
    }
    Duration wanted = Duration.ofSeconds(Long.parseLong(seconds));
    return wanted.compareTo(LONGEST_PAUSE) < 0 ? wanted : LONGEST_PAUSE;
  }
}
