package dev.limpet.proxy.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.live.RequestSink;
import dev.limpet.proxy.fixture.LogLines;
import dev.limpet.proxy.fixture.ProxyFixture;
import dev.limpet.testkit.Origin;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The marks of requests on their way to servers, into the log and back to clients. */
class PropagationTest {

  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final String TRUSTED = "test.listener.trusted-proxies = [ \"127.0.0.1\" ]\n";
  private static final String TRACING =
      "limpet.tracing { endpoint = \"http://127.0.0.1:1/v1/traces\", sample = %s }\n";
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String LINE = "00-" + TRACE + "-b7ad6b7169203331-0";

  @TempDir private Path directory;

  @Test
  void aServerHearsTheIdThatTheLogHasAndNoOther() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(log("format = json"), origin.port())) {
      String response = proxy.get("/", "X-Request-ID: evil", "x_request_id: evil");
      String id = valueOf("X-Request-Id", origin.nextRequest());
      assertThat(id).matches("[0-9a-f]{32}");
      assertThat(LogLines.json(file(), 1))
          .containsEntry("request_id", id)
          .containsEntry("trace_id", "null");
      assertThat(response).doesNotContain(id);
    }
  }

  @Test
  void aTrustedProxysIdIsKept() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(TRUSTED + log("format = combined"), origin.port())) {
      proxy.get("/", "x-request-id: 2f\"1c");
      assertThat(valueOf("X-Request-Id", origin.nextRequest())).isEqualTo("2f\"1c");
      assertThat(LogLines.await(file(), 1).getFirst()).endsWith(" request_id=2f\\x221c");
    }
  }

  @Test
  void whoIsToldOfAFailureIsToldTheId() {
    try (ProxyFixture proxy =
        new ProxyFixture(
            TRUSTED + log("format = json") + "limpet.request-id.header = X-Correlation-Id\n", 1)) {
      String response = proxy.get("/", "X-Correlation-Id: 7c1f");
      assertThat(response).startsWith("HTTP/1.1 50").contains("\r\nX-Correlation-Id: 7c1f\r\n");
      assertThat(response).endsWith("\nrequest id: 7c1f\n");
      assertThat(LogLines.json(file(), 1)).containsEntry("request_id", "7c1f");
      assertThat(proxy.get("/a|\\b/../..", "X-Correlation-Id: 7c1f")).contains("7c1f\n");
    }
  }

  @Test
  void aHostMayHaveTheIdOnItsResponses() throws InterruptedException {
    String changes =
        "limpet.hosts = [ { response-headers.set { X-Request-Id = \"{request-id}\" },"
            + " routes = [ { path = \"/\", upstream = app } ] } ]\n";
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(changes, origin.port())) {
      String response = proxy.get("/");
      String id = valueOf("X-Request-Id", origin.nextRequest());
      assertThat(valueOf("X-Request-Id", response)).isEqualTo(id);
      origin.close();
      String failure = proxy.get("/");
      assertThat(failure).endsWith("request id: " + valueOf("X-Request-Id", failure) + "\n");
      proxy.reload("limpet.request-id = off\n" + changes, origin.port());
      assertThat(proxy.get("/")).contains("\r\nX-Request-Id:");
    }
  }

  @Test
  void whereBothAreOffNothingIsTouched() throws InterruptedException {
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy =
            new ProxyFixture(
                log("format = combined") + "limpet.request-id = off\n", origin.port(), 1)) {
      String[] lines = {
        "X-Request-Id: any", "traceparent: no trace", "traceparent: " + LINE + "1", "tracestate: ,"
      };
      proxy.get("/", lines);
      assertThat(origin.nextRequest()).contains(lines);
      assertThat(LogLines.await(file(), 1).getFirst()).doesNotContain("request_id");
      origin.close();
      assertThat(proxy.get("/")).startsWith("HTTP/1.1 50").doesNotContain("request id");
    }
  }

  @Test
  void eachAttemptIsASpanOfTheTraceThatAProxyHasBegun() throws InterruptedException {
    Watcher watcher = new Watcher();
    String refusal = "HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n";
    String changes =
        TRUSTED
            + log("format = json")
            + TRACING.formatted("0%")
            + "limpet.upstreams.app { retries.statuses = [ 503 ], affinity.by = [] }\n";
    try (Origin first = Origin.answering(refusal);
        Origin second = Origin.answering(refusal);
        ProxyFixture proxy = new ProxyFixture(changes, first.port(), second.port())) {
      proxy.proxy().observe(watcher);
      proxy.get("/", "traceparent: " + LINE + "1", "tracestate: a=1", "Tracestate: b=2");
      RequestRecord record = watcher.next();
      RequestRecord.Trace trace = Objects.requireNonNull(record.trace());
      assertThat(trace.traceId()).isEqualTo(TRACE);
      assertThat(trace.parentId()).isEqualTo("b7ad6b7169203331");
      assertThat(trace.state()).isEqualTo("a=1,b=2");
      Map<String, String> asked =
          Map.of(
              "app/127.0.0.1:" + first.port(), first.nextRequest(),
              "app/127.0.0.1:" + second.port(), second.nextRequest());
      assertThat(record.attempts()).hasSize(2);
      for (RequestRecord.Attempt attempt : record.attempts()) {
        String heard = Objects.requireNonNull(asked.get(attempt.server()));
        assertThat(valueOf("traceparent", heard))
            .isEqualTo("00-" + TRACE + "-" + attempt.spanId() + "-01");
        assertThat(valueOf("tracestate", heard)).isEqualTo("a=1,b=2");
        assertThat(valueOf("X-Request-Id", heard)).isEqualTo(record.requestId());
      }
      assertThat(record.attempts())
          .extracting(RequestRecord.Attempt::spanId)
          .doesNotHaveDuplicates()
          .doesNotContain("", trace.spanId());
      assertThat(LogLines.json(file(), 1)).containsEntry("trace_id", TRACE);
      assertThat(proxy.proxy().figures().routes())
          .flatExtracting(route -> route.exemplars())
          .singleElement()
          .satisfies(exemplar -> assertThat(exemplar.traceId()).isEqualTo(TRACE));
    }
  }

  @Test
  void nobodyElseContinuesATraceAndAReloadSaysWhatIsRecorded() throws InterruptedException {
    Watcher watcher = new Watcher();
    try (Origin origin = Origin.answering(OK);
        ProxyFixture proxy = new ProxyFixture(TRACING.formatted("0%"), origin.port())) {
      proxy.proxy().observe(watcher);
      String[] lines = {"traceparent: " + LINE + "1", "tracestate: a=1"};
      proxy.get("/", lines);
      String unrecorded = origin.nextRequest();
      assertThat(valueOf("traceparent", unrecorded)).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00");
      assertThat(unrecorded).doesNotContain(TRACE, "tracestate");
      proxy.reload(TRACING.formatted("100%"), origin.port());
      proxy.get("/", lines);
      String recorded = origin.nextRequest();
      RequestRecord record = watcher.next();
      RequestRecord.Trace trace = Objects.requireNonNull(record.trace());
      assertThat(trace.parentId()).isEmpty();
      assertThat(valueOf("traceparent", recorded))
          .isEqualTo(
              "00-%s-%s-01".formatted(trace.traceId(), record.attempts().getFirst().spanId()));
      proxy.reload("", origin.port());
      proxy.get("/", lines);
      assertThat(origin.nextRequest()).contains(lines);
      assertThat(watcher.records).isEmpty();
    }
  }

  private static String valueOf(String name, String request) {
    List<String> values =
        Pattern.compile("(?m)^" + name + ": (.*?)\r?$")
            .matcher(request)
            .results()
            .map(MatchResult::group)
            .toList();
    assertThat(values).as(request).hasSize(1);
    return values.getFirst().substring(name.length() + 2).strip();
  }

  private String log(String format) {
    return LogLines.settings(file(), format);
  }

  private Path file() {
    return directory.resolve("access.log");
  }

  /** Wants records of what is traced, as an exporter does. */
  private static final class Watcher implements RequestSink {

    private final BlockingQueue<RequestRecord> records = new LinkedBlockingQueue<>();

    @Override
    public boolean wants(boolean traced) {
      return traced;
    }

    @Override
    public void take(RequestRecord request) {
      records.add(request);
    }

    RequestRecord next() throws InterruptedException {
      return Objects.requireNonNull(records.poll(1, TimeUnit.MINUTES));
    }
  }
}
