package dev.limpet.node;

import dev.limpet.admin.Reloads;
import dev.limpet.admin.changes.Candidates;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsFile;
import dev.limpet.settings.SettingsFile.Reading;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.changes.Changes;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the node serve by its settings: the file's, with the changes over it that were made at run
 * time. Reads the file again when told to or, with {@code node.watch-settings}, when it changes;
 * the changes stay. One at a time, on a thread of its own.
 */
final class Reloader implements Reloads, Candidates {

  private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);
  private static final long WATCH_SECONDS = 1;

  /** Changes that come in faster are applied together. */
  private static final long PAUSE_MILLIS = 200;

  private static final int MOST_LINES = 10;
  private static final byte[] UNREADABLE = {};

  /** Looks at candidates: nobody waits there for what is being applied. */
  private static final Executor OWN_THREADS =
      task -> Thread.ofVirtual().name("limpet-candidate").start(task);

  private final Path file;
  private final Function<Settings, CompletionStage<?>> serveBy;
  private final Function<ServerId, List<String>> declaredElsewhere;
  private final Supervisor supervisor;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("limpet-reload").factory());

  /** Changes that wait to be applied. */
  private final AtomicReference<Optional<Overlay>> waiting =
      new AtomicReference<>(Optional.empty());

  private final List<Consumer<Reloads.Outcome>> listeners = new CopyOnWriteArrayList<>();
  private volatile SettingsFile read;
  private volatile Settings current;
  private volatile Reloads.Last last = new Reloads.Last(true, System.currentTimeMillis());
  private Overlay overlay = Overlay.EMPTY;
  private long applied = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);

  /** The changes without effect that the log has told of. */
  private Set<String> told = Set.of();

  /** As the file stood when it was last applied or refused. */
  private byte[] seen;

  /** As it stood at the last look: what is still being written changes from look to look. */
  private byte[] looked;

  /**
   * @param read the file as the node has read it
   * @param settings its settings
   * @param serveBy has the node serve by other settings; fails with a cause for an operator, and
   *     then nothing has changed
   * @param declaredElsewhere the nodes but this one that have a server
   * @param supervisor who is told when the file is read again
   */
  Reloader(
      Path file,
      SettingsFile read,
      Settings settings,
      Function<Settings, CompletionStage<?>> serveBy,
      Function<ServerId, List<String>> declaredElsewhere,
      Supervisor supervisor) {
    this.file = file;
    this.read = read;
    this.serveBy = serveBy;
    this.declaredElsewhere = declaredElsewhere;
    this.supervisor = supervisor;
    this.current = settings;
    this.seen = content();
    this.looked = seen;
    thread.scheduleWithFixedDelay(this::watch, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public Settings current() {
    return current;
  }

  @Override
  public Settings file() {
    try {
      return read.read().settings();
    } catch (InvalidSettings e) {
      throw new IllegalStateException("the node serves by it", e);
    }
  }

  @Override
  public String export(Overlay changes) {
    try {
      return read.export(changes);
    } catch (InvalidSettings e) {
      throw new IllegalStateException("the node serves by it", e);
    }
  }

  @Override
  public Reloads.Last last() {
    return last;
  }

  @Override
  public void listen(Consumer<Reloads.Outcome> listener) {
    listeners.add(listener);
  }

  @Override
  public CompletionStage<Reloads.Outcome> preview() {
    return CompletableFuture.supplyAsync(() -> run(false), thread);
  }

  @Override
  public CompletionStage<Reloads.Outcome> reload() {
    return CompletableFuture.supplyAsync(this::reloadNow, thread);
  }

  /** Has the node serve by the settings that hold, once what was asked for before is done. */
  CompletionStage<Void> serve() {
    return CompletableFuture.runAsync(
        () -> serveBy.apply(current).toCompletableFuture().join(), thread);
  }

  /**
   * Lays these changes over the file, in the place of those before. From any thread; does not wait.
   */
  void apply(Overlay newest) {
    if (waiting.getAndSet(Optional.of(newest)).isEmpty()) {
      thread.execute(this::applySoon);
    }
  }

  private void applySoon() {
    long pause = PAUSE_MILLIS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - applied);
    if (pause > 0) {
      thread.schedule(this::applyWaiting, pause, TimeUnit.MILLISECONDS);
    } else {
      applyWaiting();
    }
  }

  private void applyWaiting() {
    overlay = waiting.getAndSet(Optional.empty()).orElse(overlay);
    try {
      Reading reading = read.readWhatGoes(overlay);
      tell(reading.idle());
      Settings next = Changes.applicable(current, reading.settings());
      List<String> changes = Changes.between(current, next);
      if (!next.equals(current)) {
        serve(next);
        tellChanges(changes);
      }
    } catch (InvalidSettings e) {
      throw new IllegalStateException("the node serves by it", e);
    } catch (CompletionException failure) {
      LOG.error("changes made at run time are not applied: {}", cause(failure).getMessage());
    } catch (RuntimeException e) {
      LOG.error("changes made at run time are not applied", e);
    } finally {
      applied = System.nanoTime();
    }
  }

  private void serve(Settings next) {
    serveBy.apply(next).toCompletableFuture().join();
    current = next;
  }

  private static void tellChanges(List<String> changes) {
    changes.stream().limit(MOST_LINES).forEach(line -> LOG.info("changed at run time: {}", line));
    if (changes.size() > MOST_LINES) {
      LOG.info("changed at run time: and {} more", changes.size() - MOST_LINES);
    }
  }

  /** Once each. */
  private void tell(List<String> idle) {
    Set<String> lines = new HashSet<>(idle);
    idle.stream().filter(line -> !told.contains(line)).forEach(LOG::warn);
    told = lines;
  }

  @Override
  public CompletionStage<Candidates.Outcome> preview(Overlay changes) {
    return CompletableFuture.supplyAsync(
        () -> Candidate.outcome(read, changes, current), OWN_THREADS);
  }

  private void watch() {
    if (!current.node().watchSettings()) {
      return;
    }
    byte[] now = content();
    boolean settled = Arrays.equals(now, looked);
    looked = now;
    if (settled && !Arrays.equals(now, seen)) {
      reloadNow();
    }
  }

  private Reloads.Outcome reloadNow() {
    supervisor.reloading();
    try {
      return readAgain();
    } finally {
      supervisor.reloaded();
    }
  }

  private Reloads.Outcome readAgain() {
    seen = content();
    Reloads.Outcome outcome = run(true);
    last = new Reloads.Last(outcome.mistakes().isEmpty(), System.currentTimeMillis());
    if (!outcome.mistakes().isEmpty()) {
      LOG.atError()
          .addKeyValue("event", "settings-refused")
          .log("nothing has changed, for there are mistakes in {}", file);
      outcome.mistakes().forEach(LOG::error);
    } else {
      LOG.atInfo()
          .addKeyValue("event", "settings-reloaded")
          .log("{} was read again, changes: {}", file, outcome.changes().size());
      outcome.changes().forEach(line -> LOG.info("  {}", line));
      outcome.needRestart().forEach(line -> LOG.warn("  {}, which takes a restart", line));
      tell(outcome.withoutEffect());
    }
    listeners.forEach(listener -> listener.accept(outcome));
    return outcome;
  }

  private Reloads.Outcome run(boolean apply) {
    try {
      SettingsFile opened = SettingsReader.open(file);
      Reading reading = opened.readWhatGoes(overlay);
      if (apply) {
        reading.warnings().forEach(warning -> LOG.warn("{}", warning));
      }
      Settings next = Changes.applicable(current, reading.settings());
      List<String> changes = new ArrayList<>(Changes.between(current, next));
      changes.addAll(kept(current, next));
      List<String> needRestart = Changes.between(next, reading.settings());
      if (apply) {
        if (!next.equals(current)) {
          serve(next);
        }
        read = opened;
      }
      return new Reloads.Outcome(List.of(), changes, needRestart, reading.idle());
    } catch (InvalidSettings mistakes) {
      return new Reloads.Outcome(
          mistakes.problems().stream().map(Problem::toString).toList(),
          List.of(),
          List.of(),
          List.of());
    } catch (CompletionException failure) {
      return new Reloads.Outcome(
          List.of(file + ": " + cause(failure).getMessage()), List.of(), List.of(), List.of());
    }
  }

  private static Throwable cause(CompletionException failure) {
    return failure.getCause() == null ? failure : failure.getCause();
  }

  /** A server is gone when no node has it any more. */
  private List<String> kept(Settings before, Settings after) {
    Set<ServerId> stay = servers(after);
    List<String> lines = new ArrayList<>();
    for (ServerId server : servers(before)) {
      List<String> nodes = stay.contains(server) ? List.of() : declaredElsewhere.apply(server);
      if (!nodes.isEmpty()) {
        lines.add(
            "server %s stays in use, for it is in the settings of %s"
                .formatted(server, String.join(", ", nodes)));
      }
    }
    return lines;
  }

  private static Set<ServerId> servers(Settings settings) {
    Set<ServerId> servers = new TreeSet<>();
    settings
        .upstreams()
        .values()
        .forEach(upstream -> upstream.servers().forEach(server -> servers.add(server.id())));
    return servers;
  }

  private byte[] content() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException gone) {
      // Editors and Kubernetes replace files; it will be there again.
      return UNREADABLE;
    }
  }
}
