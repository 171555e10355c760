package dev.limpet.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What happens to EndpointSlices, one line of JSON for each event. One thread at a time. */
final class EventStream implements AutoCloseable {

  /** The API server's database keeps no object of more than 1.5 MB. */
  private static final int LONGEST_LINE = 4 << 20;

  /** Something that has happened. */
  sealed interface Event {

    /** The version of all slices, from which the next watch goes on. */
    String version();
  }

  record Put(EndpointSlice slice, String version) implements Event {}

  record Removed(EndpointSlice slice, String version) implements Event {}

  /** Nothing: the version alone is another one. */
  record Bookmark(String version) implements Event {}

  /** The connection broke. What came before it counts. */
  static final class Broken extends IOException {

    Broken(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Line(@Nullable String type, @Nullable JsonNode object) {}

  private final InputStream stream;
  private final InputStream in;
  private final Deadline deadline;

  EventStream(InputStream stream, Deadline deadline) {
    this.stream = stream;
    this.in = new BufferedInputStream(stream);
    this.deadline = deadline;
  }

  /**
   * Waits for the next event; null where the server ends the stream, or its time is over.
   *
   * @throws Broken where another stream should go on from the last version
   * @throws ApiFailure where only a new list helps
   */
  @Nullable Event next() throws Broken, ApiFailure {
    String line = line();
    return line == null ? null : event(line);
  }

  private @Nullable String line() throws Broken, ApiFailure {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next == '\n') {
          return line.toString(UTF_8);
        }
        line.write(next);
        if (line.size() > LONGEST_LINE) {
          throw new ApiFailure("an event has more than 4 MB");
        }
      }
      return null;
    } catch (ApiFailure tooLong) {
      throw tooLong;
    } catch (IOException e) {
      throw new Broken(e);
    }
  }

  private static Event event(String text) throws ApiFailure {
    try {
      Line line = ApiClient.JSON.readValue(text, Line.class);
      if (line == null || line.type() == null || line.object() == null) {
        throw new ApiFailure("a line of the watch is no event");
      }
      if (line.type().equals("ERROR")) {
        ApiClient.Status status = ApiClient.JSON.treeToValue(line.object(), ApiClient.Status.class);
        throw new ApiFailure(
            status.code() == null ? 0 : status.code(),
            "the watch failed: " + Words.shown(String.valueOf(status.message())),
            Duration.ZERO);
      }
      EndpointSlice slice = ApiClient.JSON.treeToValue(line.object(), EndpointSlice.class);
      return switch (line.type()) {
        case "ADDED", "MODIFIED" -> new Put(slice, slice.version());
        case "DELETED" -> new Removed(slice, slice.version());
        case "BOOKMARK" -> new Bookmark(slice.version());
        default -> throw new ApiFailure("an event is " + Words.shown(line.type()));
      };
    } catch (JsonProcessingException e) {
      throw new ApiFailure(
          "a line of the watch is no event: " + Words.shown(e.getOriginalMessage()));
    }
  }

  @Override
  public void close() throws IOException {
    deadline.close();
    stream.close();
  }
}
