package dev.limpet.node;

import dev.limpet.certificates.PemFiles;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.SettingsReader;
import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import dev.limpet.transport.tls.TlsClient;
import dev.limpet.transport.tls.TlsServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code limpet check FILE}. */
@Command(
    name = "check",
    description = "Read a configuration file and report every mistake, with file and line.",
    footer = {
      "",
      "Warns of what can be used and is hardly meant: certificates that expire within 30 days, lists that",
      "take the place of others, an even number of nodes.",
      "Exits with 0 if the file is good and 2 if it is not."
    })
final class CheckCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "the configuration file")
  private Path file;

  @Option(names = "--strict", description = "take warnings for mistakes")
  private boolean strict;

  @Override
  public Integer call() {
    try {
      List<Problem> warnings = new ArrayList<>();
      Settings settings = SettingsReader.read(file, warnings::add);
      loadCertificates(settings);
      List<String> warned = new ArrayList<>(warnings.stream().map(Problem::toString).toList());
      keys(settings).map(PemFiles::exposure).flatMap(Optional::stream).forEach(warned::add);
      PrintWriter err = spec.commandLine().getErr();
      warned.forEach(warning -> err.println((strict ? "" : "warning: ") + warning));
      if (strict && !warned.isEmpty()) {
        return 2;
      }
      long servers =
          settings.upstreams().values().stream().mapToLong(up -> up.servers().size()).sum();
      spec.commandLine()
          .getOut()
          .printf(
              "%s: ok (listeners: %d, upstreams: %d, servers: %d)%n",
              file, settings.listeners().size(), settings.upstreams().size(), servers);
      return 0;
    } catch (InvalidSettings mistakes) {
      spec.commandLine().getErr().println(mistakes.getMessage());
      return 2;
    } catch (IOException unusable) {
      spec.commandLine().getErr().println(file + ": " + unusable.getMessage());
      return 2;
    }
  }

  private static Stream<Path> keys(Settings settings) {
    return Stream.of(
            settings.listeners().stream()
                .flatMap(listener -> listener.tls().stream())
                .flatMap(tls -> tls.certificates().stream())
                .map(Settings.Certificate::key),
            settings.upstreams().values().stream()
                .flatMap(upstream -> upstream.tls().stream())
                .flatMap(tls -> tls.identity().stream())
                .map(Settings.Certificate::key),
            settings.cluster().tls().stream().map(Settings.ClusterTls::key),
            settings.admin().stream()
                .flatMap(admin -> admin.tls().stream())
                .map(tls -> tls.identity().key()))
        .flatMap(keys -> keys);
  }

  /**
   * Loads them as a node would. The reader of the settings has seen only that the files are there.
   */
  private static void loadCertificates(Settings settings) throws IOException {
    for (Settings.Listener listener : settings.listeners()) {
      if (listener.tls().isPresent()) {
        TlsServer.load(listener, listener.tls().get()).close();
      }
    }
    for (Settings.Upstream upstream : settings.upstreams().values()) {
      if (upstream.tls().isPresent()) {
        TlsClient.load(upstream.tls().get());
      }
    }
  }
}
