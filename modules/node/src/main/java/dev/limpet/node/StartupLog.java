package dev.limpet.node;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.limpet.model.settings.Settings;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first lines of a log: what runs here, by which file, and within which limits. */
final class StartupLog {

  private static final Logger LOG = LoggerFactory.getLogger(NodeRuntime.class);

  /** Open files for the admin listener, the cluster, checks, logs and the program's own files. */
  private static final long OWN_FILES = 200;

  private static final long MEGABYTE = 1 << 20;

  private StartupLog() {}

  static void write(Path file, Settings settings) {
    LOG.info(
        "{}, process {}, settings {}",
        VersionCommand.version(),
        ProcessHandle.current().pid(),
        file.toAbsolutePath().normalize());
    long files = openFiles();
    long heap = Runtime.getRuntime().maxMemory() / MEGABYTE;
    long clients = settings.listeners().stream().mapToLong(Settings.Listener::maxConnections).sum();
    LOG.info(
        "limits: {} clients (max-connections), {} open files (ulimit -n), heap {} MB, {} event loops",
        clients,
        files == Long.MAX_VALUE ? "any number of" : files,
        heap,
        settings.node().eventLoops());
    String tooFew = tooFewFiles(clients, files);
    if (!tooFew.isEmpty()) {
      LOG.warn(tooFew);
    }
  }

  /**
   * @param clients that the listeners take
   * @param files that this process may have open
   * @return empty where they are enough
   */
  static String tooFewFiles(long clients, long files) {
    // Each client may have a connection to a server.
    long needed = 2 * clients + OWN_FILES;
    return needed <= files
        ? ""
        : "%d open files are too few for the %d clients that max-connections allows, which may need %d: raise ulimit -n, or set max-connections to %d"
            .formatted(files, clients, needed, Math.max(1, (files - OWN_FILES) / 2));
  }

  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }
}
