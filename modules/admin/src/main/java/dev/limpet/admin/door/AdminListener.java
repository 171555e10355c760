package dev.limpet.admin.door;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.ConnectionContext;
import akka.http.javadsl.Http;
import akka.http.javadsl.IncomingConnection;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.ServerBuilder;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.settings.ServerSettings;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.admin.http.UnreadableRequests;
import dev.limpet.model.net.BindFailure;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Admin;
import java.net.BindException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The admin listener: takes connections within its limits. A connection beyond them is closed at
 * once, not left to wait, so that who opens many keeps no probe from another address out.
 */
public final class AdminListener {

  /** Connections at one time. */
  private static final int MOST_CONNECTIONS = 512;

  /** Of these, from one address. */
  private static final int MOST_OF_ONE_ADDRESS = 64;

  private static final Config LIMITS =
      ConfigFactory.parseString(
          """
          akka.http.server {
            server-header = ""
            # Checks by HTTP/1.0 often name none, and Akka wants one then.
            default-host-header = localhost
            remote-address-attribute = on
            idle-timeout = 30s
            request-timeout = 20s
            parsing {
              # Brackets may stand in a path as they are: ids of servers by IPv6 have them.
              uri-parsing-mode = relaxed
              error-handler = "%s"
              max-content-length = 1m
              ssl-session-attribute = on
              # They would show headers, and so tokens.
              illegal-header-warnings = off
              error-logging-verbosity = off
            }
          }
          """
              .formatted(UnreadableRequests.class.getName()));

  private final ActorSystem<?> system;
  private final Door door;
  private final Function<HttpRequest, CompletionStage<HttpResponse>> api;

  /** How many connections an address has. */
  private final Map<InetAddress, Integer> connected = new HashMap<>();

  private int connections;

  private AdminListener(
      ActorSystem<?> system, Door door, Function<HttpRequest, CompletionStage<HttpResponse>> api) {
    this.system = system;
    this.door = door;
    this.api = api;
  }

  /**
   * @param api answers requests; it asks the door, and throws nothing
   * @return where it listens; fails with a {@link BindException} that names the address
   */
  public static CompletionStage<ServerBinding> open(
      ActorSystem<?> system,
      Admin settings,
      Door door,
      Function<HttpRequest, CompletionStage<HttpResponse>> api) {
    AdminListener listener = new AdminListener(system, door, api);
    HostPort address = settings.bind();
    ServerBuilder builder =
        Http.get(system)
            .newServerAt(address.host(), address.port())
            .withSettings(ServerSettings.create(LIMITS.withFallback(system.settings().config())));
    if (settings.tls().isPresent()) {
      builder = builder.enableHttps(ConnectionContext.httpsServer(door::engine));
    }
    return builder
        .connectionSource()
        .to(Sink.foreach(listener::accept))
        .run(system)
        .exceptionallyCompose(
            failure -> {
              throw new CompletionException(BindFailure.of(address, failure));
            });
  }

  private void accept(IncomingConnection connection) {
    InetAddress from = connection.remoteAddress().getAddress();
    boolean hasRoom = enter(from);
    Flow<HttpRequest, HttpResponse, ?> handler =
        hasRoom
            ? Flow.of(HttpRequest.class).mapAsync(1, api::apply)
            : Flow.fromSinkAndSource(Sink.cancelled(), Source.empty());
    connection
        .flow()
        .watchTermination(
            (none, ended) -> hasRoom ? ended.whenComplete((done, failure) -> leave(from)) : ended)
        .join(handler)
        .run(system);
  }

  /** Whether there is room for one more of an address. */
  private synchronized boolean enter(InetAddress from) {
    int ofAddress = connected.getOrDefault(FailedAttempts.network(from), 0);
    if (connections >= MOST_CONNECTIONS || ofAddress >= MOST_OF_ONE_ADDRESS) {
      door.refusals().count(Refusals.Reason.TOO_MANY_CONNECTIONS, from);
      return false;
    }
    connections++;
    connected.put(FailedAttempts.network(from), ofAddress + 1);
    return true;
  }

  private synchronized void leave(InetAddress from) {
    connections--;
    connected.computeIfPresent(
        FailedAttempts.network(from), (address, count) -> count > 1 ? count - 1 : null);
  }
}
