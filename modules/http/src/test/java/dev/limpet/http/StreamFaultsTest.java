package dev.limpet.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.ActorSystem;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.typesafe.config.ConfigFactory;
import dev.limpet.http.client.ClientFault;
import dev.limpet.http.client.RequestHandler;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.transport.Listener;
import dev.limpet.transport.loop.EventLoops;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An error within a connection's stream, which Akka takes for fatal and lets through: the
 * connection ends, and its loop goes on.
 */
class StreamFaultsTest {

  private static final String SETTINGS =
      """
      limpet {
        node { name = n, event-loops = 1 }
        listeners = [ { name = http, bind = "127.0.0.1:0", http2 = on, timeouts { head = 60s, keep-alive = 60s } } ]
        upstreams.app.servers = [ { address = "127.0.0.1:1" } ]
        hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
        admin = off
      }
      """;

  private static final byte[] HTTP_1 =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** The preface, empty settings, and a GET. */
  private static final byte[] HTTP_2 =
      HexFormat.of()
          .parseHex(
              "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"
                  + "000000040000000000"
                  + "0000060105000000018286844101"
                  + "61");

  private static ActorSystem system;
  private static Listener listener;
  private static volatile @Nullable Supplier<Error> thrown;

  @BeforeAll
  static void start() throws InvalidSettings {
    Settings settings = SettingsReader.parse(SETTINGS, "test.conf");
    system =
        ActorSystem.create(
            "test",
            EventLoops.dispatcherConfig(1, 0)
                .withFallback(FrontEnd.akkaConfig(settings))
                .withFallback(
                    ConfigFactory.parseString("akka.loglevel = off, akka.stdout-loglevel = off"))
                .withFallback(ConfigFactory.load()));
    FrontEnd frontEnd =
        new FrontEnd(system, settings.limits(), (client, request, streams, reply) -> answer(reply));
    EventLoops loops = EventLoops.of(system);
    Settings.Listener http = settings.listeners().getFirst();
    listener = Listener.bind(loops, http, null, frontEnd::serve).toCompletableFuture().join();
    listener.serve(http, null);
  }

  @AfterAll
  static void stop() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }

  @ParameterizedTest
  @MethodSource("fatal")
  void endsTheConnection(Supplier<Error> kind) throws IOException {
    for (byte[] request : new byte[][] {HTTP_1, HTTP_2}) {
      long faults = EventLoops.of(system).health().faults();
      thrown = kind;
      assertThat(exchange(request)).doesNotContain("whole");
      await().until(() -> listener.connections() == 0);
      assertThat(EventLoops.of(system).health().faults()).isEqualTo(faults + 1);
      thrown = null;
      assertThat(exchange(HTTP_1)).endsWith("whole");
    }
  }

  private static List<Supplier<Error>> fatal() {
    return List.of(StackOverflowError::new, NoClassDefFoundError::new);
  }

  /** What Akka does not take for fatal fails the stream that it is thrown in. */
  @Test
  void endsTheResponseForLess() throws IOException {
    for (byte[] request : new byte[][] {HTTP_1, HTTP_2}) {
      long faults = EventLoops.of(system).health().faults();
      thrown = () -> new AssertionError("as the test wants it");
      try (Socket socket = connect()) {
        socket.getOutputStream().write(request);
        await().until(() -> EventLoops.of(system).health().faults() == faults + 1);
      }
      await().until(() -> listener.connections() == 0);
    }
  }

  @Test
  void inTheMiddleOfManyOthers() throws IOException {
    try (Socket kept = connect()) {
      thrown = StackOverflowError::new;
      for (int i = 0; i < 100; i++) {
        exchange(HTTP_1);
      }
      thrown = null;
      kept.getOutputStream().write(HTTP_1);
      assertThat(new String(kept.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("whole");
    }
    await().until(() -> listener.connections() == 0);
  }

  private static RequestHandler.Work answer(Consumer<HttpResponse> reply) {
    Source<ByteString, ?> body = Source.single(ByteString.fromString("whole"));
    reply.accept(
        HttpResponse.create()
            .withEntity(
                HttpEntities.create(
                    ContentTypes.NO_CONTENT_TYPE, 5, body.map(StreamFaultsTest::raise))));
    return new Nothing();
  }

  private static ByteString raise(ByteString bytes) {
    Supplier<Error> error = thrown;
    if (error != null) {
      throw error.get();
    }
    return bytes;
  }

  private static String exchange(byte[] request) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.localAddress().getPort());
    socket.setSoTimeout(60_000);
    return socket;
  }

  private record Nothing() implements RequestHandler.Work {
    @Override
    public boolean awaitsBody() {
      return false;
    }

    @Override
    public void giveUp(ClientFault fault) {}

    @Override
    public long bodySent() {
      return 0;
    }

    @Override
    public void cancel() {}
  }
}
