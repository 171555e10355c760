package dev.limpet.persistence.journal;

import akka.actor.typed.ActorSystem;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.limpet.persistence.ledger.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a journal open: when the disk or the database fails, it opens it again, after pauses that
 * grow, until that succeeds. Each time it is an actor system of its own, so that nothing is left of
 * the connections of before. Safe for threads.
 */
public final class JournalKeeper {

  /** Hears of the journal, on any thread; each call has to be quick. */
  public interface Owner {

    /**
     * The journal can be written from now on.
     *
     * @param held what stands in it; not to be changed
     * @param rescued what does not, and could be read of a damaged one in its place
     */
    void opened(Recovered held, Recovered rescued);

    /**
     * It cannot be written for now.
     *
     * @param why in an operator's words
     * @param read what it holds, as far as that could be read; else empty
     */
    void unusable(String why, Recovered read);
  }

  private static final Logger LOG = LoggerFactory.getLogger(JournalKeeper.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** Opening blocks, and happens seldom. */
  private static final Executor BLOCKING =
      task -> Thread.ofVirtual().name("limpet-journal-open").start(task);

  private final Storage storage;
  private final String node;
  private final int history;
  private final Config logging;
  private final Owner owner;
  private Duration pause = FIRST_PAUSE;
  private boolean closed;
  private @Nullable ActorSystem<Journal.Write> life;

  private JournalKeeper(Storage storage, String node, int history, Config logging, Owner owner) {
    this.storage = storage;
    this.node = node;
    this.history = history;
    this.logging = logging;
    this.owner = owner;
  }

  /**
   * Begins to open a journal.
   *
   * @param node its name, which no other node has that writes to the same place
   * @param history changes that are kept one by one
   * @param logging settings of Akka's
   */
  public static JournalKeeper open(
      Storage storage, String node, int history, Config logging, Owner owner) {
    JournalKeeper keeper = new JournalKeeper(storage, node, history, logging, owner);
    BLOCKING.execute(keeper::open);
    return keeper;
  }

  /**
   * Writes what does not stand in the journal yet.
   *
   * @param values text of a ledger that goes with it
   * @param written told once it is safe; never, where the journal fails before
   */
  public synchronized void write(List<Entry> entries, Optional<String> values, Runnable written) {
    if (life != null) {
      life.tell(new Journal.Write(entries, values, written));
    }
  }

  /** Ends it; what has been acknowledged is safe already. */
  public synchronized CompletionStage<?> close() {
    closed = true;
    if (life == null) {
      return CompletableFuture.completedFuture(null);
    }
    life.terminate();
    return life.getWhenTerminated();
  }

  private void open() {
    try {
      begin(storage.open());
    } catch (Storage.Unusable e) {
      Recovered read = Recovered.nothing(history);
      e.read().forEach(read::apply);
      owner.unusable(String.valueOf(e.getMessage()), read);
      again();
    } catch (RuntimeException e) {
      LOG.error("the journal of changes cannot be opened", e);
      owner.unusable(String.valueOf(e.getMessage()), Recovered.nothing(history));
      again();
    }
  }

  private synchronized void begin(Storage.Opened opened) {
    if (closed) {
      return;
    }
    Life listener = new Life(opened.rescued());
    ActorSystem<Journal.Write> system =
        ActorSystem.create(
            Journal.create(node, history, listener),
            "limpet-journal",
            logging
                .withFallback(opened.akka())
                .withFallback(ConfigFactory.defaultReferenceUnresolved())
                .resolve());
    life = system;
    system.getWhenTerminated().thenRun(() -> ended(listener));
  }

  private synchronized void ended(Life listener) {
    life = null;
    if (!closed) {
      owner.unusable(
          "the journal of changes cannot be used: " + listener.why, Recovered.nothing(history));
      again();
    }
  }

  private synchronized void again() {
    if (closed) {
      return;
    }
    CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS, BLOCKING)
        .execute(this::open);
    Duration longer = pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }

  /** One opening of the journal. */
  private final class Life implements Journal.Listener {

    private final List<JournalEvent> rescued;
    private volatile String why = "";

    Life(List<JournalEvent> rescued) {
      this.rescued = rescued;
    }

    @Override
    public void recovered(Recovered recovered) {
      Recovered read = Recovered.nothing(history);
      rescued.forEach(read::apply);
      synchronized (JournalKeeper.this) {
        pause = FIRST_PAUSE;
      }
      // A copy: the journal goes on with its own on another thread.
      Recovered held = Recovered.nothing(history);
      held.add(recovered);
      owner.opened(held, read);
    }

    @Override
    public void failed(Throwable failure) {
      Throwable first = failure;
      while (first.getCause() != null) {
        first = first.getCause();
      }
      why = String.valueOf(first.getMessage());
      LOG.debug("the journal of changes has failed", failure);
    }
  }
}
