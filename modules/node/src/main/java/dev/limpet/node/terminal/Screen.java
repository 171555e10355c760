package dev.limpet.node.terminal;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Help.Ansi;

/**
 * A view that is drawn again and again: in place on a terminal, which is left as it was, with the
 * last view on it; elsewhere, nothing is taken back.
 */
public final class Screen implements AutoCloseable {

  private static final String ESCAPE = "\u001b[";
  private static final String ENTER = ESCAPE + "?1049h" + ESCAPE + "?7l" + ESCAPE + "?25l";
  private static final String LEAVE = ESCAPE + "?25h" + ESCAPE + "?7h" + ESCAPE + "?1049l";
  private static final String TOP = ESCAPE + "H";
  private static final String CLEAR_LINE = ESCAPE + "K";
  private static final String CLEAR_BELOW = ESCAPE + "J";

  private final PrintWriter out;
  private final Thread atEnd = new Thread(this::leave, "limpet-screen");
  private List<String> view = List.of();
  private boolean entered;

  public Screen(PrintWriter out) {
    this.out = out;
    Runtime.getRuntime().addShutdownHook(atEnd);
  }

  public static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  /** Not where the output is no terminal, or NO_COLOR is set. */
  public static boolean hasColours() {
    return Ansi.AUTO.enabled();
  }

  /** Draws this in place of what was there, as much as there is room for. */
  public synchronized void draw(List<String> lines) {
    view = List.copyOf(lines);
    out.print(entered ? TOP : ENTER + TOP);
    entered = true;
    int height = height();
    for (int i = 0; i < lines.size() && i < height - 1; i++) {
      out.println(lines.get(i) + CLEAR_LINE);
    }
    out.print(
        lines.size() < height
            ? CLEAR_BELOW
            : "… %d lines more".formatted(lines.size() - height + 1) + CLEAR_LINE);
    out.flush();
  }

  /** A terminal's number of lines, which changes with its window. */
  private static int height() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      int height = Integer.parseInt(size.split(" ", 2)[0].strip());
      return height > 1 ? height : Integer.MAX_VALUE;
    } catch (IOException | NumberFormatException unknown) {
      return Integer.MAX_VALUE;
    }
  }

  private synchronized void leave() {
    if (entered) {
      entered = false;
      out.print(LEAVE);
      view.forEach(out::println);
      out.flush();
    }
  }

  @Override
  public void close() {
    leave();
    try {
      Runtime.getRuntime().removeShutdownHook(atEnd);
    } catch (IllegalStateException ending) {
      // The hook runs.
    }
  }
}
