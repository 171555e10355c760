package dev.limpet.node;

import dev.limpet.admin.Reloads;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.settings.ServerId;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.changes.Changes;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the settings file again, when told to or, with {@code node.watch-settings}, when it
 * changes, and has the node serve by it. One at a time, on a thread of its own.
 */
final class Reloader implements Reloads {

  private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);
  private static final long WATCH_SECONDS = 1;
  private static final byte[] UNREADABLE = {};

  private final Path file;
  private final Function<Settings, CompletionStage<?>> serveBy;
  private final Function<ServerId, List<String>> declaredElsewhere;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("limpet-reload").factory());
  private volatile Settings current;

  /** As the file stood when it was last applied or refused. */
  private byte[] seen;

  /** As it stood at the last look: what is still being written changes from look to look. */
  private byte[] looked;

  /**
   * @param settings as they were read from the file
   * @param serveBy has the node serve by other settings; fails with a cause for an operator, and
   *     then nothing has changed
   * @param declaredElsewhere the nodes but this one that have a server
   */
  Reloader(
      Path file,
      Settings settings,
      Function<Settings, CompletionStage<?>> serveBy,
      Function<ServerId, List<String>> declaredElsewhere) {
    this.file = file;
    this.serveBy = serveBy;
    this.declaredElsewhere = declaredElsewhere;
    this.current = settings;
    this.seen = content();
    this.looked = seen;
    thread.scheduleWithFixedDelay(this::watch, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
  }

  /** The settings that hold. */
  Settings current() {
    return current;
  }

  @Override
  public CompletionStage<Outcome> preview() {
    return CompletableFuture.supplyAsync(() -> run(false), thread);
  }

  @Override
  public CompletionStage<Outcome> reload() {
    return CompletableFuture.supplyAsync(this::reloadNow, thread);
  }

  /** Has the node serve by the settings that hold. */
  CompletionStage<Void> serve() {
    return CompletableFuture.runAsync(
        () -> serveBy.apply(current).toCompletableFuture().join(), thread);
  }

  /** Lays changes over the file from now on. */
  void apply(Overlay newest) {
    thread.execute(() -> serveBy.apply(current).toCompletableFuture().join());
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

  private Outcome reloadNow() {
    seen = content();
    Outcome outcome = run(true);
    if (!outcome.mistakes().isEmpty()) {
      LOG.error("nothing has changed, for there are mistakes in {}", file);
      outcome.mistakes().forEach(LOG::error);
    } else {
      LOG.info("{} was read again, changes: {}", file, outcome.changes().size());
      outcome.changes().forEach(line -> LOG.info("  {}", line));
      outcome.needRestart().forEach(line -> LOG.warn("  {}, which takes a restart", line));
    }
    return outcome;
  }

  private Outcome run(boolean apply) {
    try {
      Settings read =
          SettingsReader.read(
              file,
              warning -> {
                if (apply) {
                  LOG.warn("{}", warning);
                }
              });
      Settings next = Changes.applicable(current, read);
      List<String> changes = new ArrayList<>(Changes.between(current, next));
      changes.addAll(kept(current, next));
      List<String> needRestart = Changes.between(next, read);
      if (apply && !changes.isEmpty()) {
        serveBy.apply(next).toCompletableFuture().join();
        current = next;
      }
      return new Outcome(List.of(), changes, needRestart);
    } catch (InvalidSettings mistakes) {
      return new Outcome(
          mistakes.problems().stream().map(Problem::toString).toList(), List.of(), List.of());
    } catch (CompletionException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      return new Outcome(List.of(file + ": " + cause.getMessage()), List.of(), List.of());
    }
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
