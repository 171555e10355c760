package dev.limpet.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import dev.limpet.model.live.ExportedSpans;
import dev.limpet.model.live.RequestRecord.Attempt;
import dev.limpet.model.secret.Secret;
import dev.limpet.model.settings.Tracing;
import dev.limpet.model.settings.Trust;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.SilentPort;
import dev.limpet.testkit.TestCertificate;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** What a collector gets, and what becomes of it where there is none that is well. */
class TelemetryTest {

  private static final long START = Requests.EPOCH_MILLIS * 1_000_000;

  @TempDir private Path directory;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.limpet.telemetry");
  private final Telemetry telemetry = new Telemetry("edge-1");

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void end() {
    telemetry.close();
    logger.detachAppender(log);
  }

  @Test
  void aRequestIsASpanForWhatItsClientSawAndOneForEachThingThatTookTime() throws Exception {
    List<Attempt> attempts =
        List.of(
            new Attempt("app/1", "1111111111111111", 4_000_000, -1, -1, 5_000_000, 0, "REFUSED"),
            new Attempt(
                "app/2", "2222222222222222", 6_000_000, 500_000, 1_500_000, 9_000_000, 503, null));
    try (TestCollector collector = new TestCollector()) {
      telemetry.use(Optional.of(tracing(collector.endpoint())));
      telemetry.take(
          Requests.request(
              "BREW", "http://x/cart?token=secret", 503, Requests.PARENT, attempts, null));
      TestCollector.Message message = collector.next();
      assertThat(
              attributes(message.content().getResourceSpans(0).getResource().getAttributesList()))
          .isEqualTo(Map.of("service.name", "shop", "service.instance.id", "edge-1"));
      List<Span> spans = message.spans();
      assertThat(spans)
          .extracting(Span::getName)
          .containsExactly("HTTP /cart", "placement", "queue", "HTTP", "HTTP");
      assertThat(spans)
          .allSatisfy(
              span -> {
                assertThat(hex(span.getTraceId())).isEqualTo(Requests.TRACE);
                assertThat(span.getTraceState()).isEqualTo("a=1,b=2");
              });
      assertThat(spans.subList(1, 5))
          .allSatisfy(span -> assertThat(hex(span.getParentSpanId())).isEqualTo(Requests.SPAN));
      Span server = spans.getFirst();
      assertThat(hex(server.getSpanId())).isEqualTo(Requests.SPAN);
      assertThat(hex(server.getParentSpanId())).isEqualTo(Requests.PARENT);
      assertThat(server.getKind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
      assertThat(server.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
      assertThat(attributes(server.getAttributesList()))
          .isEqualTo(
              Map.ofEntries(
                  Map.entry("http.request.method", "_OTHER"),
                  Map.entry("http.request.method_original", "BREW"),
                  Map.entry("url.path", "/cart"),
                  Map.entry("server.address", "shop.example"),
                  Map.entry("server.port", "8080"),
                  Map.entry("client.address", "192.0.2.9"),
                  Map.entry("network.protocol.version", "2"),
                  Map.entry("http.response.status_code", "503"),
                  Map.entry("http.route", "/cart"),
                  Map.entry("error.type", "503"),
                  Map.entry("limpet.listener", "http"),
                  Map.entry("limpet.upstream", "app"),
                  Map.entry("limpet.affinity", "kept"),
                  Map.entry("limpet.request_id", "id-1")));
      assertThat(spans)
          .extracting(span -> span.getStartTimeUnixNano() - START)
          .containsExactly(0L, 1_000_000L, 2_000_000L, 4_000_000L, 6_000_000L);
      assertThat(spans)
          .extracting(span -> span.getEndTimeUnixNano() - START)
          .containsExactly(9_000_000L, 2_000_000L, 4_000_000L, 5_000_000L, 9_000_000L);
      Span refused = spans.get(3);
      assertThat(refused.getKind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
      assertThat(hex(refused.getSpanId())).isEqualTo("1111111111111111");
      assertThat(refused.getEventsList()).isEmpty();
      assertThat(attributes(refused.getAttributesList()))
          .containsEntry("limpet.server", "app/1")
          .containsEntry("error.type", "REFUSED")
          .doesNotContainKeys("http.response.status_code", "http.request.resend_count");
      Span answered = spans.get(4);
      assertThat(answered.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
      assertThat(attributes(answered.getAttributesList()))
          .containsEntry("limpet.server", "app/2")
          .containsEntry("http.response.status_code", "503")
          .containsEntry("http.request.resend_count", "1");
      assertThat(answered.getEventsList())
          .extracting(event -> event.getName() + " " + (event.getTimeUnixNano() - START))
          .containsExactly("connected 6500000", "response 8000000");
      await().until(() -> telemetry.spans().exported() == 5);
    }
  }

  @Test
  void aRequestThatWasAnsweredAtOnceIsOneSpanThatBeginsATrace() throws Exception {
    try (TestCollector collector = new TestCollector()) {
      telemetry.use(Optional.of(tracing(collector.endpoint())));
      telemetry.take(Requests.plain());
      telemetry.take(Requests.closedTunnel());
      telemetry.take(Requests.request("GET", "/a", 499, "", List.of(), "CLIENT_GONE"));
      telemetry.take(Requests.request("GET", "/a", 200, "", List.of(), "RESET"));
      List<Span> spans = collector.next().spans();
      assertThat(spans).extracting(Span::getName).containsOnly("GET");
      assertThat(spans.getFirst().getParentSpanId()).isEqualTo(ByteString.EMPTY);
      assertThat(spans)
          .extracting(span -> span.getStatus().getCode())
          .containsExactly(
              StatusCode.STATUS_CODE_UNSET,
              StatusCode.STATUS_CODE_UNSET,
              StatusCode.STATUS_CODE_ERROR);
      assertThat(attributes(spans.getFirst().getAttributesList()))
          .containsEntry("url.path", "/cart")
          .doesNotContainKeys("http.route", "limpet.upstream", "error.type");
      await().until(() -> telemetry.spans().exported() == 3);
    }
  }

  @Test
  void whatIsWantedAndWhereItGoesChangesWithTheSettings() throws Exception {
    assertThat(telemetry.wants(true)).isFalse();
    try (TestCollector first = new TestCollector();
        TestCollector second = new TestCollector()) {
      Map<String, Secret> headers = Map.of("authorization", new Secret("Bearer hunter2"));
      telemetry.use(Optional.of(tracing(first.endpoint(), headers, Optional.empty())));
      assertThat(telemetry.wants(true)).isTrue();
      assertThat(telemetry.wants(false)).isFalse();
      telemetry.take(Requests.plain());
      assertThat(first.next().authorization()).isEqualTo("Bearer hunter2");
      telemetry.use(Optional.of(tracing(second.endpoint())));
      await()
          .until(
              () -> {
                telemetry.take(Requests.plain());
                return second.unread() > 0;
              });
      assertThat(second.next().authorization()).isNull();
      telemetry.use(Optional.empty());
      assertThat(telemetry.wants(true)).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({"404, path", "401, headers", "500, 500", "415, protobuf"})
  void aCollectorThatSaysNoIsToldOfOnceAndOnceMoreWhenItIsWell(int status, String word)
      throws Exception {
    try (TestCollector collector = new TestCollector()) {
      collector.answers(status, null);
      telemetry.use(Optional.of(tracing(collector.endpoint())));
      for (int i = 1; i <= 2; i++) {
        telemetry.take(Requests.plain());
        collector.next();
        long lost = i;
        await().until(() -> telemetry.spans().dropped() == lost);
      }
      assertThat(lines(collector.endpoint()))
          .singleElement()
          .asString()
          .contains(collector.endpoint().toString(), "it answers " + status, word);
      collector.answers(200, null);
      telemetry.take(Requests.plain());
      await().until(() -> telemetry.spans().exported() == 1);
      assertThat(lines(collector.endpoint()))
          .hasSize(2)
          .last()
          .asString()
          .contains("again; 2 spans were lost");
      assertThat(telemetry.spans().dropped()).isEqualTo(2);
    }
  }

  @Test
  void aCollectorThatIsBusyIsAskedAgainWhenItWants() throws Exception {
    try (TestCollector collector = new TestCollector()) {
      collector.answers(429, "1");
      telemetry.use(Optional.of(tracing(collector.endpoint())));
      telemetry.take(Requests.plain());
      collector.next();
      collector.answers(200, null);
      assertThat(collector.next().spans()).hasSize(1);
      await().until(() -> telemetry.spans().exported() == 1);
      assertThat(lines(collector.endpoint())).isEmpty();
    }
  }

  @Test
  void moreThanMayWaitIsDroppedAndNobodyWaitsForIt() throws Exception {
    try (TestCollector collector = new TestCollector()) {
      Runnable goOn = collector.hold();
      telemetry.use(Optional.of(tracing(collector.endpoint())));
      telemetry.take(Requests.plain());
      collector.next();
      for (int i = 0; i < 4096 + 1000; i++) {
        telemetry.take(Requests.plain());
      }
      assertThat(telemetry.spans().dropped()).isEqualTo(1000);
      goOn.run();
      await().until(() -> telemetry.spans().exported() == 4097);
      assertThat(telemetry.spans().dropped()).isEqualTo(1000);
    }
  }

  @Test
  void whereNobodyListensTheLogSaysSo() {
    int port = Ports.free();
    telemetry.use(Optional.of(tracing(URI.create("http://127.0.0.1:" + port + "/v1/traces"))));
    telemetry.take(Requests.plain());
    await().until(() -> telemetry.spans().dropped() == 1);
    assertThat(lines(port)).singleElement().asString().contains("nobody listens there");
  }

  @Test
  void anAuthorityThatIsReplacedIsRead() throws Exception {
    TestCertificate right = TestCertificate.create(directory.resolve("right"), "ip:127.0.0.1");
    TestCertificate wrong = TestCertificate.create(directory.resolve("wrong"), "ip:127.0.0.1");
    Path ca = Files.copy(wrong.chain(), directory.resolve("ca.pem"));
    try (TestCollector collector = new TestCollector(0, right)) {
      telemetry.use(Optional.of(tracing(collector.endpoint(), Map.of(), Optional.of(ca))));
      telemetry.take(Requests.plain());
      await().until(() -> telemetry.spans().dropped() == 1);
      Files.writeString(ca, "no certificate");
      telemetry.take(Requests.plain());
      await().until(() -> telemetry.spans().dropped() == 2);
      assertThat(lines(collector.endpoint())).singleElement().asString().contains("PKIX path");
      Files.write(ca, Files.readAllBytes(right.chain()));
      telemetry.take(Requests.plain());
      await().until(() -> telemetry.spans().exported() == 1);
    }
  }

  @Test
  void theEndExportsWhatWaits() throws Exception {
    try (TestCollector collector = new TestCollector()) {
      telemetry.use(Optional.of(tracing(collector.endpoint())));
      telemetry.take(Requests.plain());
      telemetry.close();
      assertThat(telemetry.spans().exported()).isEqualTo(1);
      assertThat(collector.unread()).isEqualTo(1);
    }
  }

  @Test
  void theEndDoesNotWaitForACollectorThatSaysNothing() {
    try (SilentPort silent = new SilentPort("127.0.0.1", 0)) {
      telemetry.use(
          Optional.of(tracing(URI.create("http://127.0.0.1:" + silent.port() + "/v1/traces"))));
      telemetry.take(Requests.plain());
      telemetry.close();
      assertThat(lines("not all traces")).hasSize(1);
      assertThat(telemetry.spans()).isEqualTo(new ExportedSpans(0, 0));
    }
  }

  /** Those that name this, for what another test has left behind may still go wrong. */
  private List<String> lines(Object named) {
    return List.copyOf(log.list).stream()
        .map(ILoggingEvent::getFormattedMessage)
        .filter(line -> line.contains(named.toString()))
        .toList();
  }

  private static Tracing tracing(URI endpoint) {
    return tracing(endpoint, Map.of(), Optional.empty());
  }

  private static Tracing tracing(URI endpoint, Map<String, Secret> headers, Optional<Path> ca) {
    return new Tracing(endpoint, 1, Trust.PROXIES, new TreeMap<>(headers), ca, "shop");
  }

  private static Map<String, String> attributes(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(
            Collectors.toMap(
                KeyValue::getKey,
                entry ->
                    entry.getValue().hasIntValue()
                        ? String.valueOf(entry.getValue().getIntValue())
                        : entry.getValue().getStringValue()));
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
