package dev.limpet.proxy.accesslog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that is appended to, or standard output. It is opened again when another file, or none,
 * has its name: whoever rotates it only moves it away. For one thread.
 */
final class LogFile {

  private static final Logger LOG = LoggerFactory.getLogger(LogFile.class);

  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Optional<Path> path;
  private @Nullable OutputStream out;
  private @Nullable Object identity;
  private long checkedAt;
  private boolean failing;

  LogFile(Optional<Path> path) {
    this.path = path;
  }

  /** Says it in the log if that fails; it is tried again when there is something to write. */
  void open() {
    try {
      reopen();
    } catch (IOException e) {
      failed(e);
    }
  }

  /**
   * Writes whole lines.
   *
   * @return false if they are lost
   */
  boolean write(ByteArrayOutputStream lines) {
    try {
      OutputStream to = current();
      if (to == null) {
        return false;
      }
      lines.writeTo(to);
      to.flush();
    } catch (IOException e) {
      failed(e);
      return false;
    }
    if (failing) {
      failing = false;
      LOG.info("the access log is written again");
    }
    return true;
  }

  void close() {
    try {
      if (out != null && path.isPresent()) {
        out.close();
      }
    } catch (IOException e) {
      failed(e);
    }
    out = null;
  }

  private @Nullable OutputStream current() throws IOException {
    long now = System.nanoTime();
    if (now - checkedAt >= CHECK_NANOS) {
      checkedAt = now;
      if (out == null || !isStillThere()) {
        reopen();
      }
    }
    return out;
  }

  private boolean isStillThere() throws IOException {
    if (path.isEmpty()) {
      return true;
    }
    try {
      Object now = identity(path.get());
      return now == null || now.equals(identity);
    } catch (NoSuchFileException moved) {
      return false;
    }
  }

  @SuppressWarnings("SystemOut") // It is where these lines are wanted.
  private void reopen() throws IOException {
    checkedAt = System.nanoTime();
    close();
    if (path.isEmpty()) {
      out = System.out;
      return;
    }
    out = Files.newOutputStream(path.get(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    identity = identity(path.get());
  }

  /** Null where the file system has no such thing. */
  private static @Nullable Object identity(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  private void failed(IOException cause) {
    if (!failing) {
      failing = true;
      LOG.error(
          "the access log cannot be written; requests go on without it: {}", cause.toString());
    }
    if (out != null) {
      OutputStream broken = out;
      out = null;
      try {
        broken.close();
      } catch (IOException alreadySaid) {
        // What made it fail has been reported.
      }
    }
  }
}
