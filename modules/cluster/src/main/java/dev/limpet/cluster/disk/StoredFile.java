package dev.limpet.cluster.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is replaced as a whole: whoever reads it, also after a crash or a loss of power, sees
 * what was there before or what was written last. For its owner's eyes alone. One thread at a time.
 */
public final class StoredFile {

  /** Writes the new content. */
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(StoredFile.class);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Path path;
  private final Path draft;

  public StoredFile(Path path) {
    this.path = path;
    this.draft = path.resolveSibling(path.getFileName() + ".new");
  }

  /**
   * Opens it for reading; what an earlier process did not finish writing is removed.
   *
   * @throws NoSuchFileException where there is none yet
   */
  public FileChannel open() throws IOException {
    removeDraft();
    return FileChannel.open(path, StandardOpenOption.READ);
  }

  /**
   * Replaces the content; the old one stays where that fails. When this returns, the new one is on
   * the disk.
   */
  public void replace(Content content) throws IOException {
    try {
      Files.deleteIfExists(draft);
      try (FileChannel channel =
          FileChannel.open(
              draft,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              ownersAlone())) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel folder = FileChannel.open(path.resolveSibling(""))) {
        // Else the new name may be forgotten.
        folder.force(true);
      }
    } catch (IOException e) {
      removeDraft();
      throw e;
    }
  }

  /**
   * Gives a file that is damaged another name, for an operator to look at.
   *
   * @return where it is now, in words
   */
  public String putAside() {
    Path aside =
        path.resolveSibling(
            path.getFileName() + ".damaged-" + TIME.format(Clock.systemUTC().instant()));
    try {
      Files.move(path, aside, StandardCopyOption.REPLACE_EXISTING);
      return "the file is " + aside + " now";
    } catch (IOException e) {
      LOG.debug("cannot move {}", path, e);
      return "the file could not be put aside: " + reason(e);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }

  /** The reason alone, for a message that names the file. */
  public static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException no -> "this account may not";
      case NoSuchFileException no -> "there is no " + no.getFile();
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  private void removeDraft() {
    try {
      Files.deleteIfExists(draft);
    } catch (IOException e) {
      LOG.debug("cannot remove {}", draft, e);
    }
  }

  private FileAttribute<?>[] ownersAlone() {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
