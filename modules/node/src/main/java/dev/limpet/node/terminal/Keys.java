package dev.limpet.node.terminal;

import java.io.IOException;
import java.io.InputStream;

/**
 * The keys of a terminal, one by one as they are pressed. The terminal is left as it was. For one
 * thread.
 */
public final class Keys implements AutoCloseable {

  public static final int NONE = -1;
  public static final int UP = 1_000;
  public static final int DOWN = 1_001;

  private static final int ESCAPE = 27;
  private static final long TENTH_OF_A_SECOND = 100;

  private final InputStream in;
  private final Thread atEnd = new Thread(Keys::restore, "limpet-keys");

  private Keys(InputStream in) {
    this.in = in;
  }

  /**
   * Has the terminal give keys at once, and not show them.
   *
   * @throws IOException where there is no terminal that can
   */
  public static Keys open() throws IOException {
    if (!stty("-icanon", "-echo", "min", "0", "time", "1")) {
      throw new IOException("stty cannot have this terminal give its keys one by one");
    }
    Keys keys = new Keys(System.in);
    Runtime.getRuntime().addShutdownHook(keys.atEnd);
    return keys;
  }

  /** The next key, in lower case; {@link #NONE} where none comes within a tenth of a second. */
  public int next() throws IOException, InterruptedException {
    long start = System.nanoTime();
    int key = in.read();
    if (key == NONE) {
      // Where input has ended, it does not wait.
      long waited = (System.nanoTime() - start) / 1_000_000;
      Thread.sleep(Math.max(0, TENTH_OF_A_SECOND - waited));
      return NONE;
    }
    return key == ESCAPE ? afterEscape() : Character.toLowerCase(key);
  }

  /** Arrows are three characters. */
  private int afterEscape() throws IOException {
    if (in.read() != '[') {
      return ESCAPE;
    }
    return switch (in.read()) {
      case 'A' -> UP;
      case 'B' -> DOWN;
      default -> NONE;
    };
  }

  private static void restore() {
    try {
      stty("icanon", "echo");
    } catch (IOException gone) {
      // So is the terminal.
    }
  }

  private static boolean stty(String... words) throws IOException {
    String[] command = new String[words.length + 1];
    command[0] = "stty";
    System.arraycopy(words, 0, command, 1, words.length);
    Process stty =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return stty.waitFor() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(atEnd);
    } catch (IllegalStateException ending) {
      // The hook runs.
    }
  }
}
