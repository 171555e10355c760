package dev.limpet.admin.door;

import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import dev.limpet.admin.http.Access;
import dev.limpet.admin.http.Caller;
import dev.limpet.admin.http.JsonBody;
import dev.limpet.certificates.WatchedFiles;
import dev.limpet.model.settings.Admin;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door of the admin listener: lets callers in by settings that may change, and by files that
 * are looked at every second and read again when one has changed.
 */
public final class Door {

  private static final Logger LOG = LoggerFactory.getLogger(Door.class);
  private static final long WATCH_SECONDS = 1;

  /** Who is let in, and the files that this was read from. */
  private record Rules(Callers callers, Admin settings, WatchedFiles files) {}

  private final ActorSystem<?> system;
  private final String node;
  private final Refusals refusals;
  private final FailedAttempts attempts;
  private final AtomicReference<Rules> rules;
  private volatile Runnable changed = () -> {};

  private Door(ActorSystem<?> system, Admin settings, String node) throws IOException {
    this.system = system;
    this.node = node;
    this.refusals = new Refusals(this::later);
    this.attempts = new FailedAttempts(System::nanoTime, this::later);
    this.rules = new AtomicReference<>(read(settings));
  }

  /**
   * @param node this one's name
   * @throws IOException names a file and what is wrong with it
   */
  public static Door of(ActorSystem<?> system, Admin settings, String node) throws IOException {
    Door door = new Door(system, settings, node);
    ScheduledExecutorService watcher =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("limpet-admin-files").factory());
    watcher.scheduleWithFixedDelay(
        door::readIfChanged, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
    system.getWhenTerminated().whenComplete((done, failure) -> watcher.shutdownNow());
    return door;
  }

  public Refusals refusals() {
    return refusals;
  }

  /** The server's side of a new connection's TLS. */
  SSLEngine engine() {
    return rules.get().callers().engine();
  }

  /**
   * Answers a request, by the API if its caller may do what it asks for.
   *
   * @param access what it takes
   * @param api answers those who may
   */
  public CompletionStage<HttpResponse> answer(
      HttpRequest request, Access access, Function<Caller, CompletionStage<HttpResponse>> api) {
    return switch (rules.get().callers().admit(request, access)) {
      case Admission.Admitted admitted -> api.apply(admitted.caller());
      case Admission.Refused refused -> {
        JsonBody.discard(request, system);
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        if (refused.hold().isZero()) {
          answer.complete(refused.response());
        } else {
          later(refused.hold(), () -> answer.complete(refused.response()));
        }
        yield answer;
      }
    };
  }

  /**
   * Reads what other settings name.
   *
   * @return has the door go by them
   * @throws IOException names a file and what is wrong with it; then nothing has changed
   */
  public Runnable prepare(Admin settings) throws IOException {
    Rules next = read(settings);
    return () -> {
      rules.set(next);
      changed.run();
    };
  }

  /** Sets who hears that others may be let in from now on, and some not any more. */
  public void onChange(Runnable listener) {
    changed = listener;
  }

  private Rules read(Admin settings) throws IOException {
    WatchedFiles files = new WatchedFiles(settings.files());
    return new Rules(Callers.read(settings, node, refusals, attempts), settings, files);
  }

  private void readIfChanged() {
    Rules before = rules.get();
    try {
      if (before.files().haveChanged()) {
        // A reload that comes in between has read them, too.
        rules.compareAndSet(before, read(before.settings()));
        changed.run();
        LOG.info("the admin listener's tokens and certificates were read again");
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "the admin listener's tokens and certificates stay as they were: {}", e.getMessage());
    }
  }

  private void later(Duration delay, Runnable task) {
    system.scheduler().scheduleOnce(delay, task, system.executionContext());
  }
}
