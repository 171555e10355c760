package dev.limpet.settings.hocon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A check of a settings file's text before the parser sees it, for what the parser takes without a
 * word: an include that is not there, a list that replaces an earlier one; and for nesting that it
 * cannot bear. What is not well-formed is left to the parser.
 */
public final class Outline {

  /** The parser calls itself for each; real files have about ten. */
  private static final int MAX_DEPTH = 100;

  private static final Pattern INCLUDE =
      Pattern.compile("include\\s+(required\\(\\s*)?(file\\(\\s*)?\"(?<name>[^\"\\n]*)\"");
  private static final Pattern COMMENT = Pattern.compile("(#|//)[^\\n]*");

  /** An open bracket; at the bottom, the file itself. */
  private static final class Open {
    private final boolean section;
    private final String path;
    private final StringBuilder key = new StringBuilder();
    private boolean value;
    private boolean appends;

    /** Lists that are written in these very brackets. */
    private final Set<String> lists = new HashSet<>();

    Open(boolean section, String path) {
      this.section = section;
      this.path = path;
    }

    void begin() {
      key.setLength(0);
      value = false;
      appends = false;
    }

    String at() {
      String last = key.toString().strip();
      return path.isEmpty() ? last : path + "." + last;
    }
  }

  private final Problems problems;
  private final Path file;
  private final String text;
  private final Set<Path> including;
  private final Deque<Open> open = new ArrayDeque<>();

  /** The line of each list that was written last. */
  private final Map<String, Integer> lists = new HashMap<>();

  private int line = 1;

  private Outline(Problems problems, Path file, String text, Set<Path> including) {
    this.problems = problems;
    this.file = file;
    this.text = text;
    this.including = including;
  }

  /**
   * Looks over a file and those that it includes.
   *
   * @param file where the text is from, or would be
   */
  public static void check(Problems problems, Path file, String text) {
    new Outline(problems, file, text, new HashSet<>(Set.of(file))).check();
  }

  private void check() {
    open.push(new Open(true, ""));
    int at = 0;
    while (at < text.length() && open.size() <= MAX_DEPTH) {
      at = step(at);
    }
    if (open.size() > MAX_DEPTH) {
      problems.add(
          file, line, "", "more than " + MAX_DEPTH + " brackets are open; is one not closed?");
    }
  }

  /** Reads what begins there and returns where the next begins. */
  private int step(int at) {
    Open here = open.element();
    char c = text.charAt(at);
    switch (c) {
      case '\n' -> {
        line++;
        if (here.value || here.key.toString().isBlank()) {
          here.begin();
        }
      }
      case ',' -> here.begin();
      case '#', '/' -> {
        int end = end(COMMENT, at);
        if (end > at) {
          return end;
        }
        here.key.append(c);
      }
      case '"' -> {
        int end = quoteEnd(at);
        String quoted = text.substring(at, end);
        line += (int) quoted.chars().filter(letter -> letter == '\n').count();
        take(here, quoted.replace("\"", ""));
        return end;
      }
      case '+' -> here.appends = true;
      case '=', ':' -> here.value |= here.section;
      case '{' -> open.push(new Open(true, here.section ? here.at() : here.path + "[" + at + "]"));
      case '[' -> {
        if (here.section && here.value && !here.appends) {
          list(here);
        }
        open.push(new Open(false, here.section ? here.at() : here.path));
      }
      case '}', ']' -> {
        if (open.size() > 1) {
          open.pop();
        }
        open.element().value = true;
      }
      default -> {
        if (here.section && !here.value && here.key.isEmpty() && c == 'i') {
          Matcher include = INCLUDE.matcher(text).region(at, text.length());
          if (include.lookingAt()) {
            include(include.group("name"));
            here.value = true;
            return include.end();
          }
        }
        take(here, String.valueOf(c));
      }
    }
    return at + 1;
  }

  private static void take(Open here, String letters) {
    if (!here.value) {
      here.key.append(here.key.isEmpty() ? letters.stripLeading() : letters);
    } else if (!letters.isBlank()) {
      // A list behind something else, such as ${other} [ ], goes on with it.
      here.appends = true;
    }
  }

  /** Not by an expression, for those call themselves for each letter of a long text. */
  private int quoteEnd(int at) {
    if (text.startsWith("\"\"\"", at)) {
      int end = text.indexOf("\"\"\"", at + 3);
      return end < 0 ? text.length() : end + 3;
    }
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\n') {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    return Math.min(end + 1, text.length());
  }

  private int end(Pattern pattern, int at) {
    Matcher found = pattern.matcher(text).region(at, text.length());
    return found.lookingAt() ? found.end() : at;
  }

  private void list(Open here) {
    String path = here.at();
    Integer before = lists.put(path, line);
    if (!here.lists.add(path)) {
      problems.add(
          file,
          line,
          path,
          "written twice in these brackets, and the second list would take the place of the first;"
              + " put both into one, or write += { } to add an element");
    } else if (before != null) {
      problems.warn(file, line, path, "takes the place of the list in line " + before);
    }
  }

  private void include(String name) {
    Path directory = file.toAbsolutePath().getParent();
    for (String ending : List.of("", ".conf", ".json", ".properties")) {
      Path included = directory == null ? Path.of(name + ending) : directory.resolve(name + ending);
      if (Files.isRegularFile(included)) {
        follow(included);
        return;
      }
    }
    problems.add(file, line, "", "include \"" + name + "\": there is no such file beside this one");
  }

  private void follow(Path included) {
    if (included.toString().endsWith(".properties") || !including.add(included)) {
      return;
    }
    try {
      new Outline(problems, included, Files.readString(included), including).check();
    } catch (IOException e) {
      problems.add(file, line, "", "include \"" + included + "\": cannot be read");
    }
  }
}
