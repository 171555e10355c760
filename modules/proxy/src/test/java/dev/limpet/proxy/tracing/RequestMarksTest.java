package dev.limpet.proxy.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.headers.RawHeader;
import dev.limpet.model.live.RequestRecord;
import dev.limpet.model.settings.RequestIds;
import dev.limpet.model.settings.Tracing;
import dev.limpet.model.settings.Trust;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The marks of requests, by W3C Trace Context's rules and ours. */
class RequestMarksTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final String LINE = "00-" + TRACE + "-" + PARENT + "-01";

  @Test
  void aTraceThatIsRecordedIsContinuedByAnotherSpan() {
    RequestMarks marks = traced(1, LINE);
    RequestRecord.Trace trace = Objects.requireNonNull(marks.recorded());
    assertThat(trace.traceId()).isEqualTo(TRACE).isEqualTo(marks.traceId());
    assertThat(trace.parentId()).isEqualTo(PARENT);
    assertThat(trace.spanId()).matches("[0-9a-f]{16}").isNotEqualTo(PARENT);
    String attempt = marks.newSpan();
    assertThat(attempt).matches("[0-9a-f]{16}").isNotEqualTo(trace.spanId());
    assertThat(sent(marks, attempt)).containsExactly("00-" + TRACE + "-" + attempt + "-01");
    assertThat(sent(marks, "")).containsExactly("00-" + TRACE + "-" + trace.spanId() + "-01");
  }

  /** Its parent has decided, however many traces begin here. */
  @Test
  void aTraceThatIsNotRecordedGoesOnAsItCame() {
    String line = "00-" + TRACE + "-" + PARENT + "-00";
    RequestMarks marks = traced(1, line);
    assertThat(marks.recorded()).isNull();
    assertThat(marks.newSpan()).isEmpty();
    assertThat(marks.traceId()).isEqualTo(TRACE);
    assertThat(sent(marks, "")).containsExactly(line);
  }

  @Test
  void theShareSaysHowManyNewTracesAreRecorded() {
    assertThat(traced(1).recorded()).isNotNull();
    RequestMarks unrecorded = traced(0);
    assertThat(unrecorded.recorded()).isNull();
    assertThat(sent(unrecorded, ""))
        .singleElement()
        .asString()
        .matches("00-" + unrecorded.traceId() + "-[0-9a-f]{16}-00");
    long recorded = IntStream.range(0, 20_000).filter(i -> traced(0.1).recorded() != null).count();
    assertThat(recorded).isBetween(1_600L, 2_400L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Other flags are not ours to know.
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09",
        // Versions to come, with more behind.
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        " \t00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ",
      })
  void whatFollowsTheStandardIsContinued(String line) {
    RequestMarks marks = traced(0, line);
    assertThat(marks.traceId()).isEqualTo(TRACE);
    assertThat(sent(marks, "0123456789abcdef"))
        .containsExactly("00-" + TRACE + "-0123456789abcdef-01");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-001",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "FE-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01,00",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319.-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c1-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "00 0af7651916cd43dd8448eb211c80319c b7ad6b7169203331 01",
      })
  void ofWhatDoesNotANewTraceBegins(String line) {
    RequestMarks marks = traced(1, line);
    assertThat(marks.traceId()).matches("[0-9a-f]{32}").isNotEqualTo(TRACE);
    assertThat(Objects.requireNonNull(marks.recorded()).parentId()).isEmpty();
  }

  @Test
  void severalParentsAreNone() {
    assertThat(traced(1, LINE, LINE).traceId()).isNotEqualTo(TRACE);
  }

  @Test
  void stateGoesOnAsItWasWithItsLinesAsOne() {
    assertThat(state("a=1")).isEqualTo("a=1");
    assertThat(state("a=1,b=2", "c=3")).isEqualTo("a=1,b=2,c=3");
    assertThat(state(" a=1 ,\t,b= 2 x", "", ",c=3,")).isEqualTo("a=1,b= 2 x,c=3");
    assertThat(state("t1@v=!\"#+-<>~")).isEqualTo("t1@v=!\"#+-<>~");
    assertThat(state("z0_-*/=1,0_-*/@a-z0_-*/=1")).isEqualTo("z0_-*/=1,0_-*/@a-z0_-*/=1");
    String most = many(32);
    assertThat(state(most)).isEqualTo(most);
    assertThat(state("k".repeat(256) + "=" + "v".repeat(200))).hasSize(457);
    assertThat(state("a=" + "v".repeat(256))).hasSize(258);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "=1",
        "a=",
        "a =1",
        "A=1",
        "a.b=1",
        "1a=1",
        "a=b=c",
        "a=1;b=2",
        "@v=1",
        "a@=1",
        "a@@b=1",
        "a@b@c=1",
        "a@1=1",
        "a@v_______________=1",
        "a=\u00e9",
        "a=\u007f",
        "a=1\u0001",
      })
  void stateThatIsNotByTheStandardIsDropped(String member) {
    assertThat(state("ok=1," + member)).isEmpty();
    assertThat(state(member)).isEmpty();
  }

  @Test
  void stateThatIsTooMuchIsDropped() {
    assertThat(state(many(33))).isEmpty();
    assertThat(state("k".repeat(257) + "=1")).isEmpty();
    assertThat(state("a=" + "v".repeat(257))).isEmpty();
    assertThat(state("t".repeat(242) + "@v=1")).isEmpty();
  }

  /** Long members go first, then the last ones. */
  @Test
  void stateIsCutToAThingThatAllPassOn() {
    String big = "big=" + "v".repeat(200);
    assertThat(state("a=1," + big, "b=2,c=" + "v".repeat(150) + "," + big.replace("big", "b2")))
        .isEqualTo("a=1," + big + ",b=2,c=" + "v".repeat(150));
    String middling =
        IntStream.range(0, 6)
            .mapToObj(i -> "k" + i + "=" + "v".repeat(100))
            .collect(Collectors.joining(","));
    assertThat(state(middling)).startsWith("k0=").endsWith("v").hasSize(4 * 103 + 3);
  }

  @Test
  void withoutAParentThereIsNoState() {
    HttpRequest request = HttpRequest.create().addHeader(RawHeader.create("tracestate", "a=1"));
    assertThat(
            headers(RequestMarks.of(rules(1, Trust.ALWAYS), request, true), "")
                .getAll("tracestate"))
        .isEmpty();
  }

  @Test
  void onlyThoseWhoAreTrustedHaveTheirMarksKept() {
    HttpRequest request =
        HttpRequest.create()
            .addHeader(RawHeader.create("TraceParent", LINE))
            .addHeader(RawHeader.create("x-request-ID", "of-the-proxy"));
    for (Trust trust : Trust.values()) {
      for (boolean fromProxy : new boolean[] {false, true}) {
        RequestMarks marks = RequestMarks.of(rules(1, trust), request, fromProxy);
        boolean kept = trust == Trust.ALWAYS || (trust == Trust.PROXIES && fromProxy);
        assertThat(marks.traceId().equals(TRACE)).isEqualTo(kept);
        assertThat(marks.id().equals("of-the-proxy")).isEqualTo(kept);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\tb", "a\u007f", "gr\u00fcn", "a\u0000"})
  void anIdThatIsNotPrintableIsReplaced(String sent) {
    assertThat(id(sent)).matches("[0-9a-f]{32}");
  }

  @Test
  void idsAreKeptUpToTheirLimit() {
    String longest = "x".repeat(128);
    assertThat(id(longest)).isEqualTo(longest);
    assertThat(id(longest + "x")).matches("[0-9a-f]{32}");
    assertThat(id("2f1c\"\\%/{}")).isEqualTo("2f1c\"\\%/{}");
    assertThat(id("one", "two")).matches("[0-9a-f]{32}");
    assertThat(id()).matches("[0-9a-f]{32}");
  }

  @Test
  void noTwoIdsAreTheSame() {
    Set<String> ids = new HashSet<>();
    IntStream.range(0, 100_000).forEach(i -> ids.add(id()));
    assertThat(ids).hasSize(100_000);
  }

  @Test
  void serversGetTheMarksInThePlaceOfAllThatLooksLikeThem() {
    RequestMarks marks = traced(1, LINE);
    assertThat(List.of("x-request-id", "x_request_id", "traceparent", "tracestate"))
        .allMatch(marks::owns);
    assertThat(List.of("x-request-ids", "traceparents", "cookie", "")).noneMatch(marks::owns);
    HttpHeaders headers = headers(marks, marks.newSpan());
    assertThat(headers.get("X-Request-Id")).isEqualTo(marks.id());
    assertThat(headers.names()).containsExactlyInAnyOrder("X-Request-Id", "traceparent");
  }

  @Test
  void whereNothingIsSetNothingIsTouched() {
    HttpRequest request = HttpRequest.create().addHeader(RawHeader.create("traceparent", LINE));
    RequestMarks marks = RequestMarks.of(MarkRules.NONE, request, true);
    assertThat(List.of("x-request-id", "traceparent", "tracestate")).noneMatch(marks::owns);
    assertThat(headers(marks, "").isEmpty()).isTrue();
    assertThat(marks.id() + marks.idHeader() + marks.traceId() + marks.newSpan()).isEmpty();
  }

  private static String many(int members) {
    return IntStream.range(0, members)
        .mapToObj(i -> "k" + i + "=1")
        .collect(Collectors.joining(","));
  }

  private static String state(String... lines) {
    List<HttpHeader> headers = new ArrayList<>(named("tracestate", lines));
    headers.add(RawHeader.create("traceparent", LINE));
    HttpRequest request = HttpRequest.create().withHeaders(headers);
    RequestMarks marks = RequestMarks.of(rules(1, Trust.ALWAYS), request, false);
    List<String> sent = headers(marks, "").getAll("tracestate");
    assertThat(sent).hasSizeLessThan(2);
    return sent.isEmpty() ? "" : sent.getFirst();
  }

  private static String id(String... lines) {
    HttpRequest request = HttpRequest.create().withHeaders(named("X-Request-Id", lines));
    return RequestMarks.of(rules(1, Trust.ALWAYS), request, false).id();
  }

  private static RequestMarks traced(double sample, String... parents) {
    HttpRequest request = HttpRequest.create().withHeaders(named("traceparent", parents));
    return RequestMarks.of(rules(sample, Trust.PROXIES), request, true);
  }

  private static List<HttpHeader> named(String name, String... values) {
    return Stream.of(values).<HttpHeader>map(value -> RawHeader.create(name, value)).toList();
  }

  private static MarkRules rules(double sample, Trust trust) {
    RequestIds ids = new RequestIds("X-Request-Id", trust);
    return new MarkRules(
        ids,
        ids.header().toLowerCase(Locale.ROOT),
        new Tracing(
            URI.create("http://127.0.0.1:1/v1/traces"),
            sample,
            trust,
            new TreeMap<>(),
            Optional.empty(),
            "limpet"));
  }

  private static List<String> sent(RequestMarks marks, String attempt) {
    return headers(marks, attempt).getAll("traceparent");
  }

  private static HttpHeaders headers(RequestMarks marks, String attempt) {
    HttpHeaders headers = new DefaultHttpHeaders();
    marks.addTo(headers, attempt);
    return headers;
  }
}
