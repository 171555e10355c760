package dev.limpet.proxy;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.Traffic;
import dev.limpet.settings.InvalidSettings;
import dev.limpet.settings.SettingsReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The data plane on a free port, in front of servers on the given ports. */
public final class ProxyFixture implements AutoCloseable {

  /**
   * No time limit ends what a slow machine is late with: who is about one sets it. The listener
   * stands apart, since lists cannot be added to.
   */
  private static final String SETTINGS =
      """
      test.listener { name = http, bind = "127.0.0.1:0", timeouts.keep-alive = 5m }
      test.server {}
      limpet {
        node { name = node-1, event-loops = 2, drain-timeout = 5s }
        listeners = [ ${test.listener} ]
        upstreams.app {
          timeouts { connect = 30s, first-byte = 30s, idle = 30s }
        }
        hosts = [
          { names = [ app.example ], path-forwarding = as-sent
            routes = [
              { path = "= /old", redirect { to = "/new{query}", status = 301 } }
              { path = "/", upstream = app }
            ] }
        ]
        admin = off
        limits { max-header-size = 4k, max-header-count = 32, max-target-size = 2k, max-body-size = 100000 }
      }
      """;

  private final ActorSystem<Void> system;
  private final ProxyServer proxy;
  private final StandingCluster cluster;

  public ProxyFixture(int... ports) {
    this("", ports);
  }

  /**
   * @param changes HOCON that is put behind the settings above: {@code limpet…}, {@code
   *     test.listener…} or, for every server, {@code test.server…}
   */
  public ProxyFixture(String changes, int... ports) {
    Settings settings = settings(changes, ports);
    cluster = new StandingCluster(settings);
    system =
        ActorSystem.create(
            Behaviors.empty(),
            "limpet",
            ProxyServer.akkaConfig(settings)
                .withFallback(
                    ConfigFactory.parseString(
                        "akka.loglevel = warning, akka.stdout-loglevel = off"))
                .withFallback(ConfigFactory.load()));
    proxy = ProxyServer.create(system, settings, cluster);
    follow(settings);
  }

  /** Changes the settings to what the constructor would have made of these. */
  void reload(String changes, int... ports) {
    follow(settings(changes, ports));
  }

  private void follow(Settings settings) {
    ProxyServer.Prepared prepared = proxy.prepare(settings).toCompletableFuture().join();
    cluster.follow(settings);
    prepared.apply().toCompletableFuture().join();
  }

  public StandingCluster cluster() {
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
  public String get(String target, String... headerLines) {
    return exchange(
        "GET "
            + target
            + " HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n"
            + String.join("\r\n", headerLines)
            + (headerLines.length == 0 ? "" : "\r\n")
            + "\r\n");
  }

  /** As {@link #get}, in the background. */
  CompletableFuture<String> getLater(String target, String... headerLines) {
    return CompletableFuture.supplyAsync(
        () -> get(target, headerLines), task -> Thread.ofVirtual().start(task));
  }

  public Traffic.Upstream upstream() {
    return Objects.requireNonNull(proxy.traffic().upstreams().get("app"));
  }

  Socket connect() throws IOException {
    return connect(new Socket());
  }

  /** For a client that takes little at a time. */
  Socket connectWithSmallBuffer() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    return connect(socket);
  }

  private Socket connect(Socket socket) throws IOException {
    InetSocketAddress address = proxy.addresses().getFirst();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort()));
    socket.setSoTimeout(60_000);
    return socket;
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
    proxy.close();
  }

  static Settings settings(String changes, int... ports) {
    String servers =
        IntStream.of(ports)
            .mapToObj("${test.server} { address = \"127.0.0.1:%d\" }"::formatted)
            .collect(Collectors.joining(", "));
    String text = SETTINGS + "\nlimpet { upstreams.app.servers = [ " + servers + " ] }\n" + changes;
    try {
      return SettingsReader.parse(text, "test.conf");
    } catch (InvalidSettings e) {
      throw new IllegalArgumentException(e);
    }
  }
}
