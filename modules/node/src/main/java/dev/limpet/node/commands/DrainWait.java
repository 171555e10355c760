package dev.limpet.node.commands;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.limpet.node.terminal.Screen;
import dev.limpet.node.terminal.Words;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The wait for a server that drains to be empty. It is when no session in the table is bound to it
 * (the table is whole at each node) and no node has sent it a request for a while. Clients that
 * their cookie binds are in no table: those that pause for longer than that while are not seen.
 */
final class DrainWait {

  private static final long EVERY_MILLIS = 1000;
  private static final Duration TOLD_EVERY = Duration.ofSeconds(10);

  /** A node that is started again is back within this time. */
  private static final Duration NO_ANSWER = Duration.ofSeconds(30);

  private static final int BAR = 24;

  /**
   * How far it is.
   *
   * @param state empty where there is no such server
   * @param active requests and tunnels at it, from this node and the others
   */
  private record Sight(String state, long sessions, long active, boolean inUse) {

    /** Once the deadline of its draining has passed, sessions move when they are next used. */
    boolean isEmpty() {
      return !inUse && (sessions == 0 || state.equals("down"));
    }
  }

  private final AdminClient node;
  private final String server;
  private final Duration quiet;
  private final @Nullable Duration timeout;
  private final long start = System.nanoTime();

  /**
   * @param server with its upstream before it
   * @param timeout null for none
   */
  DrainWait(AdminClient node, String server, Duration quiet, @Nullable Duration timeout) {
    this.node = node;
    this.server = server;
    this.quiet = quiet;
    this.timeout = timeout;
  }

  /**
   * @param json whether only the end is told, as a document
   * @return what the command ends with
   */
  int await(PrintWriter out, boolean json) throws IOException, InterruptedException {
    Teller teller = new Teller(out, json);
    long seen = System.nanoTime();
    long lastUse = seen;
    boolean drains = false;
    while (true) {
      long now = System.nanoTime();
      @Nullable Sight sight = null;
      try {
        sight = look();
        seen = now;
      } catch (Refusal refusal) {
        throw refusal;
      } catch (IOException noAnswer) {
        if (now - seen > NO_ANSWER.toNanos()) {
          throw new IOException(noAnswer.getMessage() + "; " + server + " goes on draining");
        }
        teller.away(noAnswer.getMessage() + "; asking again");
      }
      if (sight != null) {
        if (sight.state().isEmpty()) {
          teller.end(server + " is gone", sight);
          return ExitCodes.DONE;
        }
        if (drains && sight.state().equals("up")) {
          throw new Refusal(
              server + " is up again: somebody has ended its draining", ExitCodes.CONFLICT);
        }
        drains |= !sight.state().equals("up");
        if (!drains || !sight.isEmpty()) {
          lastUse = now;
        }
        if (now - lastUse >= quiet.toNanos()) {
          teller.end(
              "%s is empty: no session in the table, and no request for %s"
                  .formatted(server, Words.of(quiet)),
              sight);
          return ExitCodes.DONE;
        }
        teller.progress(sight, Duration.ofNanos(now - lastUse));
      }
      if (timeout != null && System.nanoTime() - start >= timeout.toNanos()) {
        teller.close();
        throw new Refusal(
            "%s is not empty after %s; it goes on draining".formatted(server, Words.of(timeout)),
            ExitCodes.TIMED_OUT);
      }
      Thread.sleep(EVERY_MILLIS);
    }
  }

  private Sight look() throws IOException, InterruptedException {
    String upstream = server.substring(0, server.indexOf('/'));
    JsonNode servers =
        node.ask("GET", "/api/v1/state").path("upstreams").path(upstream).path("servers");
    JsonNode sessions = node.ask("GET", "/api/v1/sessions").path("upstreams").path(upstream);
    for (JsonNode found : servers) {
      if (found.path("id").asText().equals(server)) {
        return new Sight(
            found.path("state").asText(),
            sessions.path("servers").path(server).asLong(),
            found.path("active").asLong() + found.path("elsewhere").asLong(),
            found.path("inUse").asBoolean());
      }
    }
    return new Sight("", 0, 0, false);
  }

  /** Says how far it is: in one line of a terminal, or a line each ten seconds. */
  private final class Teller {

    private final PrintWriter out;
    private final boolean json;
    private final boolean inPlace = Screen.isTerminal();
    private long told = System.nanoTime() - TOLD_EVERY.toNanos();
    private long most;
    private boolean away;

    Teller(PrintWriter out, boolean json) {
      this.out = out;
      this.json = json;
    }

    void progress(Sight sight, Duration unused) {
      away = false;
      most = Math.max(most, sight.sessions());
      String line =
          sight.isEmpty()
              ? "nobody there for %s of %s".formatted(Words.of(unused), Words.of(quiet))
              : "%d of %d sessions left, %d requests and tunnels under way"
                  .formatted(sight.sessions(), most, sight.active());
      say(inPlace ? bar(most - sight.sessions(), most) + " " + line : line);
    }

    /** No node answers, which is told at once. */
    void away(String line) {
      if (!away) {
        told = System.nanoTime() - TOLD_EVERY.toNanos();
      }
      away = true;
      say(line);
    }

    private void say(String line) {
      if (json) {
        return;
      }
      if (inPlace) {
        out.print("\r" + Words.plain(line) + "\u001b[K");
        out.flush();
      } else if (System.nanoTime() - told >= TOLD_EVERY.toNanos()) {
        told = System.nanoTime();
        out.println(Words.plain(line));
        out.flush();
      }
    }

    void end(String line, Sight sight) {
      close();
      if (json) {
        out.println(
            JsonNodeFactory.instance
                .objectNode()
                .put("id", server)
                .put("empty", true)
                .put("state", sight.state())
                .put("sessions", sight.sessions())
                .put("seconds", Duration.ofNanos(System.nanoTime() - start).toSeconds()));
      } else {
        out.println(Words.plain(line));
      }
      out.flush();
    }

    void close() {
      if (inPlace && !json) {
        out.print("\r\u001b[K");
        out.flush();
      }
    }
  }

  private static String bar(long done, long all) {
    int full = all == 0 ? BAR : (int) (done * BAR / all);
    return "[" + "#".repeat(full) + "-".repeat(BAR - full) + "]";
  }
}
