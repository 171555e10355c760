package dev.limpet.node;

import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of {@code node.data}, which is this process's alone for as long as it lives. Who keeps
 * something in it makes and names its files.
 */
final class DataFolder {

  private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);
  private static final String LOCK = "lock";

  private final Path path;

  /** Open until the process ends, and with it the lock. */
  @SuppressWarnings({"unused", "FieldCanBeLocal"})
  private final FileChannel lock;

  private DataFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Takes the folder that the settings name. A node serves without one as well, so what is wrong
   * with it is logged.
   *
   * @return empty where nothing can be kept, or is to be
   */
  static Optional<DataFolder> claim(Settings.Node node) {
    if (node.data().isEmpty()) {
      return Optional.empty();
    }
    Path path = node.data().get();
    try {
      make(path);
      return Optional.of(new DataFolder(path, lock(path, node.name())));
    } catch (IOException e) {
      LOG.warn(
          "node.data {}: {}; this node serves, and keeps nothing there over a stop: no keys that the"
              + " cluster has made, no sessions, no changes",
          path,
          inWords(e));
      return Optional.empty();
    }
  }

  Path path() {
    return path;
  }

  private static void make(Path path) throws IOException {
    Path parent = path.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(path, readableByOwner(path, "rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(path)) {
        throw new NotDirectoryException(path.toString());
      }
    }
  }

  private static FileChannel lock(Path path, String name) throws IOException {
    Path file = path.resolve(LOCK);
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            readableByOwner(path, "rw-------"));
    try {
      if (channel.tryLock() == null) {
        throw new IOException("it is in use by " + Files.readString(file).strip());
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw new IOException("it is in use by this very process", e);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    sign(channel, name);
    return channel;
  }

  /** For whoever is refused. */
  private static void sign(FileChannel channel, String name) {
    String owner = "%s, process %d%n".formatted(name, ProcessHandle.current().pid());
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(owner.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      // A full disk, say: those who write something say so, and try again.
      LOG.debug("the lock has no name", e);
    }
  }

  private static FileAttribute<?>[] readableByOwner(Path path, String permissions) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** The exceptions of files name the file, and say little else. */
  private static String inWords(IOException e) {
    return switch (e) {
      case NotDirectoryException no -> "it is no folder";
      case FileAlreadyExistsException no -> no.getFile() + " is no folder";
      case AccessDeniedException no -> "this account may not write to " + no.getFile();
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
