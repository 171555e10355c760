package dev.limpet.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.admin.AdminServer;
import dev.limpet.cluster.ClusterNode;
import dev.limpet.cluster.link.Link;
import dev.limpet.kubernetes.KubernetesApi;
import dev.limpet.model.settings.Settings;
import dev.limpet.persistence.Registry;
import dev.limpet.persistence.journal.Storage;
import dev.limpet.proxy.ProxyServer;
import dev.limpet.settings.SettingsFile;
import dev.limpet.telemetry.Telemetry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running node: starts its parts in order, and stops them in the opposite one. */
final class NodeRuntime {

  private static final Logger LOG = LoggerFactory.getLogger(NodeRuntime.class);

  /** How long leaving the cluster may take after traffic has ended. */
  private static final long LEAVE_SECONDS = 15;

  /** What starting and stopping may take beside what settings give them. */
  private static final Duration BESIDES = Duration.ofSeconds(60);

  /** In the folder of {@code node.data}. */
  private static final String JOURNAL = "changes.db";

  private final Supervisor supervisor = Supervisor.of(System.getenv());
  private final Reloader reloader;
  private final Optional<DataFolder> data;
  private final ActorSystem<Void> system;
  private final ClusterNode cluster;
  private final Registry registry;
  private final ProxyServer proxy;
  private final Telemetry telemetry;
  private final AtomicBoolean draining = new AtomicBoolean();
  private volatile String notServing = "the traffic listeners";
  private volatile int exitCode;

  /** Whether the traffic listeners are, or are about to be, open. */
  private volatile boolean opens;

  /** Null until it is open, and where there is none. */
  private volatile @Nullable AdminServer adminServer;

  private NodeRuntime(Path file, SettingsFile read, Settings settings) {
    supervisor.starting(settings.cluster().joinTimeout().plus(BESIDES));
    warnIfInsecure(settings);
    this.data = DataFolder.claim(settings.node());
    // Traffic has an actor system of its own: the cluster's ends whenever this node is cut off.
    this.system = ActorSystem.create(Behaviors.empty(), "limpet-traffic", akkaConfig(settings));
    this.cluster =
        ClusterNode.start(
            settings,
            logging(settings),
            data.map(DataFolder::path),
            KubernetesApi.of(settings.kubernetes(), System.getenv()));
    this.registry =
        Registry.start(
            system,
            new Registry.Surroundings(
                settings.node().name(),
                settings.changes().history(),
                settings.cluster().joinTimeout(),
                storage(settings),
                logging(settings),
                cluster.link(Link.Kind.CHANGES),
                cluster::millis));
    this.proxy = ProxyServer.create(system, settings, cluster);
    this.telemetry = new Telemetry(settings.node().name());
    proxy.observe(telemetry);
    this.reloader =
        new Reloader(file, read, settings, this::serveBy, cluster::declaredElsewhere, supervisor);
    CertificateExpiryMonitor.start(reloader::current);
  }

  /**
   * Runs a node until it is told to stop or has to.
   *
   * @param file where the settings come from
   * @param settings what the file says by itself
   * @return the process's exit code
   */
  static int run(Path file, SettingsFile read, Settings settings) {
    StartupLog.write(file, settings);
    NodeRuntime node = new NodeRuntime(file, read, settings);
    Runtime.getRuntime().addShutdownHook(new Thread(node::stop, "limpet-stop"));
    try {
      node.open();
      node.system.getWhenTerminated().toCompletableFuture().join();
      node.telemetry.close();
      node.proxy.close();
      return 0;
    } catch (CompletionException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      LOG.error("{}", cause.getMessage());
      node.exitCode = 1;
      return 1;
    }
  }

  /** Empty where nothing is to be kept, and what nodes know counts as kept. */
  private Optional<Storage> storage(Settings settings) {
    return settings
        .changes()
        .postgresql()
        .map(
            database ->
                Storage.postgresql(database.url(), database.user(), database.password().text()))
        .or(
            () ->
                settings
                    .node()
                    .data()
                    .map(
                        path ->
                            data.map(folder -> Storage.sqlite(folder.path().resolve(JOURNAL)))
                                .orElse(
                                    Storage.unusable(
                                        "node.data %s cannot be used".formatted(path)))));
  }

  private static void warnIfInsecure(Settings settings) {
    Settings.Cluster cluster = settings.cluster();
    if (cluster.insecure() && cluster.tls().isEmpty()) {
      LOG.warn(
          "cluster.insecure = on: whoever reaches {} can read and change all that the cluster knows; set"
              + " cluster.tls instead",
          cluster.bind());
    }
    settings
        .admin()
        .filter(admin -> !admin.asksWho() && !admin.bind().isLoopback())
        .ifPresent(
            admin ->
                LOG.warn(
                    "admin.insecure = on: whoever reaches {} can change servers and settings; name tokens"
                        + " in admin.tokens instead",
                    admin.bind()));
  }

  private static Config akkaConfig(Settings settings) {
    return logging(settings)
        .withFallback(ProxyServer.akkaConfig(settings))
        .withFallback(ConfigFactory.defaultReferenceUnresolved())
        .resolve();
  }

  private static Config logging(Settings settings) {
    return ConfigFactory.parseString(
        """
            akka.loggers = ["akka.event.slf4j.Slf4jLogger"]
            akka.logging-filter = "akka.event.slf4j.Slf4jLoggingFilter"
            akka.loglevel = %s
            akka.stdout-loglevel = off
            akka.log-dead-letters = off
            akka.log-dead-letters-during-shutdown = off
            akka.coordinated-shutdown.run-by-jvm-shutdown-hook = off
            akka.jvm-shutdown-hooks = off
            """
            .formatted(settings.log().level().equals("debug") ? "DEBUG" : "INFO"));
  }

  private void open() {
    Settings settings = reloader.current();
    settings
        .admin()
        .ifPresent(
            admin -> {
              adminServer =
                  AdminServer.bind(
                          system,
                          admin,
                          new AdminServer.Node(
                              settings.node().name(),
                              VersionCommand.ofLimpet(),
                              proxy::traffic,
                              proxy::figures,
                              telemetry::spans,
                              proxy::observe,
                              proxy::loops,
                              this::notServing,
                              Logging::dropped,
                              reloader,
                              reloader,
                              registry),
                          cluster,
                          new SettingsSessionLookup(
                              reloader::current, () -> cluster.snapshot().keys()))
                      .toCompletableFuture()
                      .join();
              LOG.info("the admin API is open at {}", admin.bind());
            });
    awaitReady(settings.cluster().joinTimeout());
    opens = true;
    reloader.serve().toCompletableFuture().join();
    notServing = "";
    SighupHandler.install(reloader::reload);
    LOG.info("{} is ready", settings.node().name());
    supervisor.watchedBy(System.getenv(), proxy::loops);
    supervisor.serving();
  }

  /** Why the traffic listeners are not open; empty if they are. */
  private String notServing() {
    String reason = notServing;
    return reason.isEmpty() || registry.waitsFor().isEmpty() ? reason : registry.waitsFor();
  }

  /** The listeners open when the node can keep its promises, or when waiting helps nobody. */
  private void awaitReady(Duration patience) {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    cluster.subscribe(
        snapshot -> {
          if (snapshot.readiness().ready()) {
            ready.complete(null);
          }
        });
    // The changes first: the other nodes hear of this one's servers only then.
    CompletableFuture<?> changed =
        registry.known().toCompletableFuture().thenRun(this::beginWithChanges);
    try {
      changed
          .thenCombine(ready, (one, other) -> one)
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn(
          "not ready after {} s, serving all the same; still waiting for {}",
          patience.toSeconds(),
          registry.waitsFor().isEmpty()
              ? cluster.snapshot().readiness().waitingFor()
              : registry.waitsFor());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }

  /** Whatever has been changed, or has not: from now on the settings are whole. */
  private void beginWithChanges() {
    reloader.apply(registry.overlay());
    reloader.serve();
    registry.subscribe(reloader::apply);
  }

  /** The certificates and addresses first: what can go wrong, does before anything changes. */
  private CompletionStage<?> serveBy(Settings next) {
    if (!opens) {
      cluster.update(next);
      return CompletableFuture.completedFuture(null);
    }
    Runnable letIn;
    try {
      AdminServer admin = adminServer;
      letIn =
          admin == null || next.admin().isEmpty() ? () -> {} : admin.prepare(next.admin().get());
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    return proxy
        .prepare(next)
        .thenCompose(
            prepared -> {
              cluster.update(next);
              letIn.run();
              return prepared.apply();
            })
        .thenRun(
            () -> {
              telemetry.use(next.tracing());
              if (!next.log().equals(reloader.current().log())) {
                Logging.configure(next);
              }
            });
  }

  private void stop() {
    if (!draining.compareAndSet(false, true) || system.whenTerminated().isCompleted()) {
      return;
    }
    notServing = "the end: the node is stopping";
    cluster.prepareToLeave();
    Settings.Node node = reloader.current().node();
    supervisor.stopping(node.drainDelay().plus(node.drainTimeout()).plus(BESIDES));
    LOG.info("{} is stopping", node.name());
    Optional<AdminServer> admin = Optional.ofNullable(adminServer);
    admin.ifPresent(AdminServer::stopping);
    proxy.drain(node.drainDelay(), node.drainTimeout()).toCompletableFuture().join();
    admin.ifPresent(AdminServer::endStreams);
    try {
      cluster
          .leave()
          .thenCombine(registry.close(), (left, closed) -> left)
          .toCompletableFuture()
          .get(LEAVE_SECONDS, TimeUnit.SECONDS);
      system.terminate();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("left without saying goodbye to the cluster: {}", e.toString());
    }
    telemetry.close();
    proxy.close();
    LOG.info("{} has stopped", node.name());
    Logging.close();
    // The runtime would report the signal as the exit code; a node that drained has done its work.
    Runtime.getRuntime().halt(exitCode);
  }
}
