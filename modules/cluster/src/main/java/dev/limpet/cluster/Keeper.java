package dev.limpet.cluster;

import dev.limpet.cluster.disk.StoredFile;
import dev.limpet.cluster.sessions.Sessions;
import dev.limpet.cluster.sessions.TableFile;
import dev.limpet.cluster.state.ClusterView;
import dev.limpet.cluster.state.KeysFile;
import dev.limpet.cluster.voters.VoterRoll;
import dev.limpet.cluster.voters.VotersFile;
import dev.limpet.model.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps in {@code node.data} what has to survive a stop of all nodes, and writes it on a thread of
 * its own: keys and voters when they change, the session table every now and then and at the end.
 * Safe for threads.
 */
final class Keeper {

  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);

  /** What is older than two of them is in the files. */
  private static final long PERIOD_SECONDS = 30;

  private final Path folder;
  private final KeysFile keys;
  private final TableFile table;
  private final VotersFile votersFile;
  private final VoterRoll voters;
  private final ScheduledExecutorService thread;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private volatile ClusterView newest = ClusterView.EMPTY;

  /** Whether the log says that something cannot be written. Touched by the thread alone. */
  private boolean failing;

  Keeper(Path folder, Sessions sessions, VoterRoll voters) {
    this.folder = folder;
    this.keys = new KeysFile(folder, sessions.clock());
    this.table = new TableFile(folder, sessions);
    this.votersFile = new VotersFile(folder);
    this.voters = voters;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().name("limpet-data").daemon().factory(),
            // After the end there is nothing more to keep.
            new ThreadPoolExecutor.DiscardPolicy());
  }

  /**
   * Reads what an earlier life of the node has left, before it joins the cluster.
   *
   * @return the view to begin with
   */
  ClusterView begin(Settings settings) {
    newest = keys.read(settings);
    table.read();
    if (!voters.electorate().isFixed()) {
      voters.adopt(votersFile.read());
      voters.onChange(next -> thread.execute(() -> attempt(() -> votersFile.write(next))));
    }
    thread.scheduleWithFixedDelay(this::write, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
    return newest;
  }

  /** Hears of each view, in order. */
  void hear(ClusterView view) {
    boolean same = view.hasKeysOf(newest);
    newest = view;
    if (!same) {
      thread.execute(() -> attempt(() -> keys.write(newest)));
    }
  }

  /** Writes what there is at the end; completes when it is on the disk. */
  synchronized CompletionStage<?> close() {
    if (!thread.isShutdown()) {
      table.hurry();
      thread.execute(
          () -> {
            write();
            end.complete(null);
          });
      thread.shutdown();
    }
    return end;
  }

  private void write() {
    attempt(
        () -> {
          keys.write(newest);
          table.write();
        });
  }

  private interface Writing {
    void run() throws IOException;
  }

  private void attempt(Writing writing) {
    try {
      writing.run();
      if (failing) {
        failing = false;
        LOG.info("what has to survive a stop of all nodes is written to {} again", folder);
      }
    } catch (IOException e) {
      if (!failing) {
        failing = true;
        LOG.error(
            "cannot write to {}: {}; if all nodes stopped now, keys and sessions would be those of its"
                + " last files. It is tried again every {} s",
            folder,
            StoredFile.reason(e),
            PERIOD_SECONDS);
      }
    } catch (RuntimeException e) {
      LOG.error("writing to {} failed; it is tried again", folder, e);
    }
  }
}
