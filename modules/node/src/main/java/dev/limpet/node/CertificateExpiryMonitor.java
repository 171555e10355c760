package dev.limpet.node;

import dev.limpet.certificates.CertificateDates;
import dev.limpet.certificates.PemFiles;
import dev.limpet.model.settings.Admin;
import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of certificates as days pass: once for each when it comes to a month, to a week and to its
 * end, in every file that the settings name. What is so from the beginning the reader of the
 * settings has said.
 */
final class CertificateExpiryMonitor {

  private static final Logger LOG = LoggerFactory.getLogger(CertificateExpiryMonitor.class);
  private static final long CHECK_SECONDS = 10;

  private record Content(FileTime written, List<X509Certificate> certificates) {}

  private record Held(Path file, X509Certificate certificate) {}

  private final Supplier<Settings> settings;
  private final InstantSource clock;

  /** A file that cannot be read counts as it was, as it does for those who use it. */
  private Map<Path, Content> files = Map.of();

  private Map<Held, CertificateDates> told;

  /** As the files stand now; for one thread. */
  CertificateExpiryMonitor(Supplier<Settings> settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
    read(owners(settings.get()).keySet());
    this.told = dates();
  }

  /** Checks from now on, on a thread of its own. */
  static void start(Supplier<Settings> settings) {
    CertificateExpiryMonitor monitor =
        new CertificateExpiryMonitor(settings, InstantSource.system());
    Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("limpet-certificate-dates").factory())
        .scheduleWithFixedDelay(
            monitor::checkSafely, CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS);
  }

  /** The next check comes whatever happens to this one. */
  private void checkSafely() {
    try {
      check();
    } catch (RuntimeException e) {
      LOG.warn("cannot say how long certificates are valid", e);
    }
  }

  /** Says what is new since the last check. */
  void check() {
    Map<Path, Set<String>> owners = owners(settings.get());
    read(owners.keySet());
    Map<Held, CertificateDates> now = dates();
    now.forEach(
        (held, dates) -> {
          if (dates != CertificateDates.FINE && told.get(held) != dates) {
            LOG.warn(
                "{}: {} ({})",
                String.join(", ", owners.getOrDefault(held.file(), Set.of())),
                dates.inWords(held.certificate()),
                held.file());
          }
        });
    told = now;
  }

  private void read(Set<Path> named) {
    Map<Path, Content> next = new LinkedHashMap<>();
    for (Path file : named) {
      Content content = read(file, files.get(file));
      if (content != null) {
        next.put(file, content);
      }
    }
    files = next;
  }

  private static @Nullable Content read(Path file, @Nullable Content before) {
    try {
      FileTime written = Files.getLastModifiedTime(file);
      return before != null && before.written().equals(written)
          ? before
          : new Content(written, PemFiles.certificates(file));
    } catch (IOException unusable) {
      return before;
    }
  }

  private Map<Held, CertificateDates> dates() {
    Map<Held, CertificateDates> dates = new LinkedHashMap<>();
    files.forEach(
        (file, content) ->
            content
                .certificates()
                .forEach(
                    certificate ->
                        dates.put(
                            new Held(file, certificate),
                            CertificateDates.at(clock.instant(), certificate))));
    return dates;
  }

  /** All files with certificates, and who uses them. */
  private static Map<Path, Set<String>> owners(Settings settings) {
    Map<Path, Set<String>> owners = new LinkedHashMap<>();
    for (Settings.Listener listener : settings.listeners()) {
      listener
          .tls()
          .ifPresent(
              tls ->
                  tls.certificates()
                      .forEach(one -> add(owners, one.chain(), "listener " + listener.name())));
    }
    for (Settings.Upstream upstream : settings.upstreams().values()) {
      upstream
          .tls()
          .ifPresent(
              tls -> {
                String owner = "upstream " + upstream.name();
                tls.identity().ifPresent(own -> add(owners, own.chain(), owner));
                tls.ca().ifPresent(ca -> add(owners, ca, owner));
              });
    }
    settings
        .cluster()
        .tls()
        .ifPresent(
            tls -> {
              add(owners, tls.certificate(), "cluster.tls");
              add(owners, tls.ca(), "cluster.tls");
            });
    settings
        .admin()
        .flatMap(Admin::tls)
        .ifPresent(
            tls -> {
              add(owners, tls.identity().chain(), "admin.tls");
              tls.clientCa().ifPresent(ca -> add(owners, ca, "admin.tls"));
            });
    return owners;
  }

  private static void add(Map<Path, Set<String>> owners, Path file, String owner) {
    owners.computeIfAbsent(file, first -> new LinkedHashSet<>()).add(owner);
  }
}
