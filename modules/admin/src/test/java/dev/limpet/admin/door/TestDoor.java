package dev.limpet.admin.door;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.model.HttpResponse;
import com.typesafe.config.ConfigFactory;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Caller;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Admin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** An admin listener whose API says who asks it. */
final class TestDoor implements AutoCloseable {

  static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

  private static final ActorSystem<Void> SYSTEM =
      ActorSystem.create(
          Behaviors.empty(),
          "door",
          ConfigFactory.parseString("akka { stdout-loglevel = off, loglevel = off, daemonic = on }")
              .withFallback(ConfigFactory.load()));

  private static final Map<String, Access> ACCESS =
      Map.of(
          "/alive", Access.ANYONE,
          "/metrics", Access.METRICS,
          "/write", Access.WRITE,
          "/admin", Access.ADMIN);

  private final Door door;
  private final ServerBinding binding;
  private final String scheme;

  private TestDoor(Door door, ServerBinding binding, String scheme) {
    this.door = door;
    this.binding = binding;
    this.scheme = scheme;
  }

  static TestDoor open(Admin settings) throws IOException {
    Door door = Door.of(SYSTEM, settings, "edge-1");
    ServerBinding binding =
        AdminListener.open(
                SYSTEM,
                settings,
                door,
                request ->
                    door.answer(
                        request,
                        Objects.requireNonNullElse(
                            ACCESS.get(request.getUri().path()), Access.READ),
                        TestDoor::who))
            .toCompletableFuture()
            .join();
    return new TestDoor(door, binding, settings.tls().isPresent() ? "https" : "http");
  }

  private static CompletionStage<HttpResponse> who(Caller caller) {
    return CompletableFuture.completedFuture(HttpResponse.create().withEntity(caller.toString()));
  }

  InetSocketAddress address() {
    return binding.localAddress();
  }

  long refused(Refusals.Reason reason) {
    return door.refusals().count(reason);
  }

  Runnable prepare(Admin settings) throws IOException {
    return door.prepare(settings);
  }

  /**
   * @param token empty for none
   */
  java.net.http.HttpResponse<String> ask(String method, String path, String token) {
    return askFrom("127.0.0.1", method, path, token).join();
  }

  CompletableFuture<java.net.http.HttpResponse<String>> askFrom(
      String from, String method, String path, String token) {
    return ask(from, null, method, path, token);
  }

  /**
   * @param tls what the client believes and shows; null for the usual
   */
  CompletableFuture<java.net.http.HttpResponse<String>> ask(
      String from, @Nullable SSLContext tls, String method, String path, String token) {
    HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    if (tls != null) {
      builder.sslContext(tls);
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + address().getPort() + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("Content-Type", "application/json")
            .header("User", "alice");
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      HttpClient client = builder.localAddress(InetAddress.getByName(from)).build();
      return client
          .sendAsync(request.build(), java.net.http.HttpResponse.BodyHandlers.ofString())
          .whenComplete((answer, failure) -> client.shutdown());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Override
  public void close() {
    binding.unbind().toCompletableFuture().join();
  }
}
