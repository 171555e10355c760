package dev.limpet.certificates;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files that somebody asks after from time to time, to read them again. A link counts as what it
 * leads to: Kubernetes swaps the folder that its links lead through. Safe for threads.
 */
public final class WatchedFiles {

  private final List<Path> files;
  private List<State> states;

  /**
   * Of a file.
   *
   * @param key tells it from another file in its place, whose time and size may be the same
   */
  private record State(FileTime time, long size, @Nullable Object key) {

    static final State GONE = new State(FileTime.fromMillis(0), 0, null);
  }

  /** Watches from now on, so before the files are read. */
  public WatchedFiles(List<Path> files) {
    this.files = files;
    this.states = states();
  }

  /**
   * Whether one has been written or replaced since this was last asked; one that is missing for a
   * moment has. Blocks.
   */
  public synchronized boolean haveChanged() {
    List<State> now = states();
    boolean changed = !now.equals(states);
    states = now;
    return changed;
  }

  private List<State> states() {
    return files.stream().map(WatchedFiles::state).toList();
  }

  private static State state(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new State(now.lastModifiedTime(), now.size(), now.fileKey());
    } catch (IOException gone) {
      return State.GONE;
    }
  }
}
