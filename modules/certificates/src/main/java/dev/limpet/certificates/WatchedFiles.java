package dev.limpet.certificates;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;

/** Files that somebody asks after from time to time, to read them again. Safe for threads. */
public final class WatchedFiles {

  private final List<Path> files;
  private List<FileTime> times;

  /** Watches from now on, so before the files are read. */
  public WatchedFiles(List<Path> files) {
    this.files = files;
    this.times = times();
  }

  /**
   * Whether one has been written since this was last asked; one that is missing for a moment has.
   * Blocks.
   */
  public synchronized boolean haveChanged() {
    List<FileTime> now = times();
    boolean changed = !now.equals(times);
    times = now;
    return changed;
  }

  private List<FileTime> times() {
    return files.stream().map(WatchedFiles::time).toList();
  }

  private static FileTime time(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException gone) {
      return FileTime.fromMillis(0);
    }
  }
}
