package dev.limpet.proxy;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.BackendId;
import dev.limpet.model.HostPort;
import dev.limpet.model.Server;
import dev.limpet.model.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The data plane on a free port, in front of servers on the given ports. */
final class ProxyFixture implements AutoCloseable {

  static final Duration KEEP_ALIVE = Duration.ofSeconds(1);

  static final Settings.Cookie COOKIE =
      new Settings.Cookie(
          "limpet",
          Duration.ofHours(1),
          "/",
          "",
          Settings.SameSite.LAX,
          Settings.Secure.AUTO,
          true);

  private final ActorSystem<Void> system;
  private final ProxyServer proxy;
  private final StandingCluster cluster;

  ProxyFixture(int... ports) {
    List<Server> servers =
        IntStream.of(ports)
            .mapToObj(
                port ->
                    new Server(
                        BackendId.of("app", "127.0.0.1:" + port),
                        new HostPort("127.0.0.1", port),
                        1))
            .toList();
    Settings settings = settings(servers);
    cluster = new StandingCluster("app", servers);
    system =
        ActorSystem.create(
            Behaviors.empty(),
            "limpet",
            ProxyServer.akkaConfig(settings)
                .withFallback(
                    ConfigFactory.parseString("akka.loglevel = warning, akka.stdout-loglevel = off"))
                .withFallback(ConfigFactory.load()));
    proxy = ProxyServer.create(system, settings, cluster);
    proxy.bind().toCompletableFuture().join();
  }

  StandingCluster cluster() {
    return cluster;
  }

  ProxyServer proxy() {
    return proxy;
  }

  /** Sends raw bytes on a connection of their own and reads until the proxy closes it. */
  String exchange(String request) {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A GET that asks for the connection to be closed behind the response. */
  String get(String target, String... headerLines) {
    return exchange(
        "GET "
            + target
            + " HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n"
            + String.join("\r\n", headerLines)
            + (headerLines.length == 0 ? "" : "\r\n")
            + "\r\n");
  }

  Socket connect() throws IOException {
    Socket socket = new Socket();
    InetSocketAddress address = proxy.addresses().getFirst();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort()));
    socket.setSoTimeout(15_000);
    return socket;
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }

  private static Settings settings(List<Server> servers) {
    Settings.Upstream upstream =
        new Settings.Upstream(
            "app",
            servers,
            Settings.Balance.ROUND_ROBIN,
            new Settings.Affinity(Optional.of(COOKIE), Settings.Replicate.QUORUM),
            new Settings.HealthCheck(
                true, Duration.ofSeconds(5), Duration.ofSeconds(2), 1, 1, "/", 3, 200, 399),
            new Settings.Timeouts(
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofSeconds(4)),
            new Settings.Retries(2));
    Settings.VirtualHost host =
        new Settings.VirtualHost(
            List.of("app.example"),
            List.of(),
            List.of(
                new Settings.Route(
                    new Settings.PathMatch.Exact("/old"),
                    new Settings.Action.Redirect("/new{query}", 301)),
                new Settings.Route(
                    new Settings.PathMatch.Prefix("/", false),
                    new Settings.Action.Forward("app"))));
    return new Settings(
        new Settings.Node("node-1", 2, Duration.ofSeconds(5)),
        List.of(new Settings.Listener("http", new HostPort("127.0.0.1", 0), 1000, KEEP_ALIVE)),
        Map.of("app", upstream),
        List.of(host),
        new Settings.Cluster(new HostPort("127.0.0.1", 0), List.of(), Duration.ofSeconds(5)),
        Optional.empty(),
        new Settings.Limits(4096, 32, 2048, 100_000),
        new Settings.Log(false, "info"));
  }
}
