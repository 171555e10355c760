package dev.limpet.dashboard;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** The files of the dashboard, which are read when somebody asks for the first time. */
public final class DashboardFiles {

  /** The page itself; what it needs has the hash of its content in its name. */
  public static final String PAGE = "index.html";

  /** The build has these names in it, a line each. */
  private static final String LIST = "files.txt";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html",
          "js", "text/javascript",
          "css", "text/css",
          "svg", "image/svg+xml",
          "txt", "text/plain");

  /** One file; nobody changes its bytes. */
  public static final class Entry {

    private final String name;
    private final String type;
    private final byte[] content;
    private final byte[] gzipped;

    private Entry(String name, String type, byte[] content) {
      this.name = name;
      this.type = type;
      this.content = content;
      this.gzipped = DashboardFiles.gzipped(content);
    }

    public String name() {
      return name;
    }

    /** Its media type; text is UTF-8. */
    public String type() {
      return type;
    }

    public byte[] content() {
      return content;
    }

    /** The same, smaller. */
    public byte[] gzipped() {
      return gzipped;
    }
  }

  private static final class Held {
    static final Map<String, Entry> FILES = read();
  }

  private DashboardFiles() {}

  /** All of them, by their names; none where the module was compiled without its build. */
  public static Map<String, Entry> all() {
    return Held.FILES;
  }

  public static Optional<Entry> find(String name) {
    return Optional.ofNullable(all().get(name));
  }

  private static Map<String, Entry> read() {
    Map<String, Entry> files = new TreeMap<>();
    for (String name : names()) {
      byte[] content = bytes(name);
      if (content == null) {
        throw new IllegalStateException("the dashboard's " + name + " is not there");
      }
      String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
      if (type == null) {
        throw new IllegalStateException("the dashboard's " + name + " is of no known type");
      }
      files.put(name, new Entry(name, type, content));
    }
    return Map.copyOf(files);
  }

  private static List<String> names() {
    byte[] list = bytes(LIST);
    return list == null
        ? List.of()
        : new String(list, StandardCharsets.UTF_8).lines().filter(name -> !name.isBlank()).toList();
  }

  private static byte @Nullable [] bytes(String name) {
    try (InputStream file = DashboardFiles.class.getResourceAsStream(name)) {
      return file == null ? null : file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] gzipped(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
