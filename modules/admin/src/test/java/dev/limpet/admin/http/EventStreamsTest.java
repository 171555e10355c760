package dev.limpet.admin.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Attributes;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.SinkQueueWithCancel;
import akka.util.ByteString;
import dev.limpet.model.settings.Admin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EventStreamsTest {

  private static ActorSystem<Void> system;

  private final EventStreams streams = new EventStreams();
  private final List<EventStreams.Reader> readers = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() {
    system = ActorSystem.create(Behaviors.empty(), "streams");
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  private static Call call(String address, HttpRequest request) {
    return new Call(
        new Endpoint(
            HttpMethods.GET,
            "/stream",
            Access.READ,
            Set.of(),
            call -> CompletableFuture.failedFuture(new IllegalStateException())),
        request,
        new Caller("", Admin.Role.READ, address, false, ""),
        Map.of(),
        Map.of());
  }

  private SinkQueueWithCancel<ByteString> open(String address) {
    CompletableFuture<EventStreams.Reader> begun = new CompletableFuture<>();
    HttpResponse response =
        streams.answer(
            call(address, HttpRequest.create()),
            2,
            reader -> {
              readers.add(reader);
              begun.complete(reader);
            },
            readers::remove);
    SinkQueueWithCancel<ByteString> queue =
        response
            .entity()
            .getDataBytes()
            // Akka's sink would take sixteen by itself, sooner or later.
            .runWith(
                Sink.<ByteString>queue(1)
                    .withAttributes(Attributes.inputBuffer(1, 1))
                    .mapMaterializedValue(q -> q),
                system);
    begun.join();
    return queue;
  }

  /** It sees what there is when it reads again, and not all that it has missed. */
  @Test
  void aReaderThatDoesNotReadHasNothingPiledUpForIt() throws Exception {
    SinkQueueWithCancel<ByteString> slow = open("10.0.0.1");
    EventStreams.Reader reader = readers.getFirst();
    for (int i = 0; i < 1_000; i++) {
      reader.send(EventStreams.event("live", Integer.toString(i)));
    }
    long missed = reader.missed();
    assertThat(missed).isGreaterThan(980);
    reader.end();
    List<String> got = new ArrayList<>();
    while (true) {
      var next = slow.pull().toCompletableFuture().get();
      if (next.isEmpty()) {
        break;
      }
      got.add(next.get().utf8String());
    }
    assertThat(got).hasSize(1 + 1_000 - (int) missed).first().isEqualTo("retry: 1000\n\n");
    assertThat(reader.missed()).isZero();
  }

  @Test
  void thereAreOnlySoManyToOneAddress() {
    List<SinkQueueWithCancel<ByteString>> open = new ArrayList<>();
    for (int i = 0; i < EventStreams.MOST_OF_ONE_ADDRESS; i++) {
      open.add(open("10.0.0.1"));
    }
    assertThatThrownBy(() -> open("10.0.0.1"))
        .isInstanceOf(Problem.class)
        .hasMessage("there are 32 streams already to 10.0.0.1");
    open("10.0.0.2").cancel();
    open.removeFirst().cancel();
    await().until(() -> readers.size() == EventStreams.MOST_OF_ONE_ADDRESS - 1);
    open.add(open("10.0.0.1"));
    streams.endAll();
    await().until(readers::isEmpty);
  }

  @Test
  void thereAreOnlySoManyInAll() {
    for (int i = 0; i < EventStreams.MOST; i++) {
      open("10.0.1." + i);
    }
    assertThatThrownBy(() -> open("10.0.2.1"))
        .isInstanceOf(Problem.class)
        .hasMessage("there are 128 streams already");
    streams.endAll();
    await().until(readers::isEmpty);
    open("10.0.2.1");
    streams.endAll();
  }

  @Test
  void whoAsksForTheHeadOnlyGetsNoStream() {
    HttpResponse response =
        streams.answer(
            call("10.0.0.1", HttpRequest.HEAD("/stream")), 2, readers::add, readers::remove);
    assertThat(response.entity().isStrict()).isTrue();
    assertThat(readers).isEmpty();
  }
}
