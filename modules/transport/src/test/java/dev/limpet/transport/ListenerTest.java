package dev.limpet.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.stream.ActorAttributes;
import akka.stream.Attributes;
import akka.stream.Materializer;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import dev.limpet.transport.loop.EventLoops;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Real sockets against a listener whose connections run the flow of the test. */
class ListenerTest {

  private static final int PATIENCE_MILLIS = 60_000;
  private static final Flow<ByteString, ByteString, NotUsed> ECHO = Flow.create();

  private final ActorSystem system =
      ActorSystem.create(
          "transport",
          EventLoops.dispatcherConfig(2, 0)
              .withFallback(
                  ConfigFactory.parseString("akka.loglevel = off, akka.stdout-loglevel = off"))
              .withFallback(ConfigFactory.load()));
  private final Materializer materializer = Materializer.createMaterializer(system);

  @AfterEach
  void stop() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }

  @Test
  void bytesComeBackAsTheyWentIn() throws Exception {
    byte[] sent = new byte[8 << 20];
    new Random(7).nextBytes(sent);
    Listener listener = bind(100, ECHO);
    try (Socket client = connect(listener)) {
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.getOutputStream().write(sent);
                      client.shutdownOutput();
                    } catch (IOException gone) {
                      // The reader fails then, too.
                    }
                  });
      assertThat(Arrays.equals(client.getInputStream().readAllBytes(), sent)).isTrue();
      writer.join();
    }
  }

  @Test
  void whoeverStopsReadingStopsItsPeer() throws Exception {
    Listener listener = bind(100, Flow.fromSinkAndSourceCoupled(neverReads(), Source.maybe()));
    try (SocketChannel client = SocketChannel.open(listener.localAddress());
        Selector selector = Selector.open()) {
      client.configureBlocking(false);
      client.register(selector, SelectionKey.OP_WRITE);
      ByteBuffer block = ByteBuffer.allocate(64 * 1024);
      long written = 0;
      while (selector.select(500) > 0 && written < 1L << 30) {
        selector.selectedKeys().clear();
        written += client.write(block.clear());
      }
      assertThat(written).as("what the kernel's buffers hold, and no more").isLessThan(32 << 20);
    }
  }

  /** Several times, for whether the end comes together with the bytes is up to the kernel. */
  @RepeatedTest(20)
  void aClientThatHasSaidAllStillHearsTheAnswer() throws Exception {
    Listener listener =
        bind(100, Flow.<ByteString>create().fold(ByteString.emptyByteString(), ByteString::concat));
    try (Socket client = connect(listener)) {
      send(client, "all of it");
      client.shutdownOutput();
      assertThat(client.getInputStream().readAllBytes())
          .isEqualTo("all of it".getBytes(StandardCharsets.US_ASCII));
    }
    await().until(() -> listener.connections() == 0);
  }

  @Test
  void aSlowReaderGetsWhatWasWrittenBeforeTheEnd() throws Exception {
    ByteString large = ByteString.fromArray(new byte[16 << 20]);
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Listener listener =
        bind(
            100,
            Flow.fromSinkAndSourceCoupled(Sink.<ByteString>ignore(), Source.single(large))
                .watchTermination(
                    (unused, done) -> {
                      done.whenComplete((value, failure) -> ended.complete(null));
                      return unused;
                    }));
    try (Socket client = connect(listener)) {
      send(client, "x");
      ended.join();
      assertThat(client.getInputStream().readAllBytes()).hasSize(large.size());
    }
  }

  @Test
  void oneConnectionHasOneThread() throws Exception {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    Listener listener =
        bind(
            100,
            ECHO.map(
                bytes -> {
                  threads.add(Thread.currentThread().getName());
                  return bytes;
                }));
    try (Socket client = connect(listener)) {
      for (int i = 0; i < 100; i++) {
        assertThat(exchange(client, "x")).isEqualTo("x");
      }
    }
    assertThat(threads).singleElement().asString().startsWith("limpet-loop-");
  }

  @Test
  void afterUnbindOldConnectionsGoOnAndNewOnesAreRefused() throws Exception {
    Listener listener = bind(100, ECHO);
    try (Socket client = connect(listener)) {
      assertThat(exchange(client, "before")).isEqualTo("before");
      InetSocketAddress address = listener.localAddress();
      listener.unbind().toCompletableFuture().join();
      assertThat(exchange(client, "after")).isEqualTo("after");
      assertThatThrownBy(() -> new Socket(address.getAddress(), address.getPort()).close())
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void connectionsAboveTheLimitWaitForTheirTurn() throws Exception {
    Listener listener = bind(2, ECHO);
    Socket first = connect(listener);
    try (Socket second = connect(listener)) {
      assertThat(exchange(first, "1")).isEqualTo("1");
      assertThat(exchange(second, "2")).isEqualTo("2");
      try (Socket third = connect(listener)) {
        send(third, "3");
        third.setSoTimeout(300);
        assertThatThrownBy(() -> third.getInputStream().read())
            .isInstanceOf(SocketTimeoutException.class);
        assertThat(listener.connections()).isEqualTo(2);
        first.close();
        third.setSoTimeout(PATIENCE_MILLIS);
        assertThat(third.getInputStream().read()).isEqualTo('3');
      }
    } finally {
      first.close();
    }
  }

  /** As in nginx: silent clients must not keep others out. */
  @Test
  void whoHasSaidNothingForLongestMakesRoom() throws Exception {
    Listener listener = bind(3, ECHO);
    try (Socket busy = connect(listener);
        Socket first = connect(listener);
        Socket second = connect(listener)) {
      assertThat(exchange(busy, "1")).isEqualTo("1");
      await().until(() -> listener.connections() == 3);
      try (Socket newcomer = connect(listener)) {
        assertThat(exchange(newcomer, "2")).isEqualTo("2");
        try (Socket another = connect(listener)) {
          assertThat(exchange(another, "3")).isEqualTo("3");
          assertThat(first.getInputStream().read()).as("closed").isEqualTo(-1);
          assertThat(second.getInputStream().read()).as("closed").isEqualTo(-1);
        }
        assertThat(exchange(busy, "4")).as("it is not idle").isEqualTo("4");
        // A loop counts what it has closed, and by then another may have served who waited for it.
        await().until(() -> listener.closedIdle() == 2);
      }
    }
  }

  @Test
  void oneAddressHasItsShareOfTheConnections() throws Exception {
    Listener listener = bind(TestListener.at(0, 100, 2), ECHO);
    try (Socket first = connect(listener);
        Socket second = connect(listener)) {
      assertThat(exchange(first, "1")).isEqualTo("1");
      assertThat(exchange(second, "2")).isEqualTo("2");
      try (Socket third = connect(listener)) {
        assertThatThrownBy(() -> exchange(third, "3").charAt(0)).isInstanceOf(Exception.class);
      }
      assertThat(listener.tooManyPerAddress()).isEqualTo(1);
      second.close();
      await().until(() -> listener.connections() == 1);
      try (Socket fourth = connect(listener)) {
        assertThat(exchange(fourth, "4")).isEqualTo("4");
      }
    }
  }

  @Test
  void aClientThatResetsTheConnectionFreesIt() throws Exception {
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Listener listener =
        bind(
            100,
            ECHO.watchTermination(
                (unused, done) -> {
                  done.whenComplete((value, failure) -> ended.complete(new IOException(failure)));
                  return unused;
                }));
    try (Socket client = connect(listener)) {
      exchange(client, "x");
      client.setSoLinger(true, 0);
    }
    await().until(ended::isDone);
    await().until(() -> listener.connections() == 0);
  }

  /**
   * The framing says that a message is not whole; what came before it fell short is the client's.
   */
  @Test
  void aFlowThatFailsEndsTheConnectionBehindWhatItHasWritten() throws Exception {
    ByteString much = ByteString.fromString("x".repeat(60_000));
    Listener listener =
        bind(
            100,
            Flow.of(ByteString.class)
                .map(
                    bytes -> {
                      if (bytes.utf8String().equals("fail")) {
                        throw new IllegalStateException("as planned");
                      }
                      return much;
                    }));
    try (Socket client = new Socket()) {
      client.setReceiveBufferSize(4096);
      client.connect(listener.localAddress());
      send(client, "x");
      assertThat(client.getInputStream().read()).isEqualTo('x');
      send(client, "fail");
      await().until(() -> listener.connections() == 0);
      assertThat(client.getInputStream().readAllBytes()).hasSize(59_999);
    }
  }

  @Test
  void aTakenPortIsNamed() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> bind(other.getLocalPort(), 1, ECHO))
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(BindException.class)
          .hasMessageContaining(":" + other.getLocalPort())
          .hasMessageContaining("in use");
    }
  }

  @Test
  void anAddressThatIsNotOursIsCalledThat() {
    HostPort foreign = new HostPort("192.0.2.1", 0);
    assertThatThrownBy(() -> bind(TestListener.at(foreign, 1, 0), ECHO))
        .cause()
        .isInstanceOf(BindException.class)
        .hasMessage("cannot listen on 192.0.2.1:0: this machine has no such address");
  }

  private Listener bind(int maxConnections, Flow<ByteString, ByteString, NotUsed> flow) {
    return bind(0, maxConnections, flow);
  }

  private Listener bind(int port, int maxConnections, Flow<ByteString, ByteString, NotUsed> flow) {
    return bind(TestListener.at(port, maxConnections), flow);
  }

  private Listener bind(Settings.Listener settings, Flow<ByteString, ByteString, NotUsed> flow) {
    Listener bound =
        Listener.bind(
                EventLoops.of(system),
                settings,
                null,
                (connection, by) ->
                    Connection.FLOW
                        .join(flow)
                        .withAttributes(
                            ActorAttributes.dispatcher(connection.loop().dispatcherId())
                                .and(Attributes.apply(connection)))
                        .run(materializer))
            .toCompletableFuture()
            .join();
    bound.serve(settings, null);
    return bound;
  }

  private static Sink<ByteString, NotUsed> neverReads() {
    return Flow.<ByteString>create()
        .mapAsync(1, bytes -> new CompletableFuture<>())
        .to(Sink.ignore());
  }

  private static Socket connect(Listener listener) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.localAddress().getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String exchange(Socket socket, String text) throws IOException {
    send(socket, text);
    InputStream in = socket.getInputStream();
    return new String(in.readNBytes(text.length()), StandardCharsets.US_ASCII);
  }
}
