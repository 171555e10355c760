package dev.limpet.persistence.journal;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.Behaviors;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.SnapshotAdapter;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;
import dev.limpet.persistence.ledger.Entry;
import dev.limpet.persistence.ledger.LedgerText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The actor that writes a node's journal: event-sourced, its state the ledger that stands there. It
 * ends when the database fails; {@link JournalKeeper} begins anew.
 */
final class Journal extends EventSourcedBehavior<Journal.Write, JournalEvent, Recovered> {

  /**
   * Writes what does not stand there yet.
   *
   * @param values a ledger's text, whose changes count as written, too
   * @param written told when all of it does
   */
  record Write(List<Entry> entries, Optional<String> values, Runnable written) {}

  /** Hears of what the journal holds. */
  interface Listener {

    /** The journal can be written. */
    void recovered(Recovered recovered);

    /** It cannot be read or written any more. */
    void failed(Throwable failure);
  }

  /**
   * Snapshots are as large as the history: one for so many events, which hold many changes each.
   */
  private static final int EVENTS_BETWEEN_SNAPSHOTS = 2_000;

  private final int history;
  private final Listener listener;

  private Journal(String node, int history, Listener listener) {
    super(PersistenceId.of("limpet-changes", node));
    this.history = history;
    this.listener = listener;
  }

  /**
   * Keeps a journal until it fails, and then ends.
   *
   * @param node its name, which no other node has that writes into the same database
   * @param history changes that are kept one by one
   */
  static Behavior<Write> create(String node, int history, Listener listener) {
    return Behaviors.setup(
        context -> {
          ActorRef<Write> journal =
              context.spawn(
                  Behaviors.supervise(new Journal(node, history, listener))
                      .onFailure(SupervisorStrategy.stop().withLoggingEnabled(false)),
                  "journal");
          context.watch(journal);
          return Behaviors.receive(Write.class)
              .onAnyMessage(
                  write -> {
                    journal.tell(write);
                    return Behaviors.same();
                  })
              .onSignal(
                  ChildFailed.class,
                  failed -> {
                    listener.failed(failed.getCause());
                    return Behaviors.stopped();
                  })
              .build();
        });
  }

  @Override
  public Recovered emptyState() {
    return Recovered.nothing(history);
  }

  @Override
  public CommandHandler<Write, JournalEvent, Recovered> commandHandler() {
    return newCommandHandlerBuilder().forAnyState().onAnyCommand(this::onWrite);
  }

  private Effect<JournalEvent, Recovered> onWrite(Recovered state, Write write) {
    List<Entry> news =
        write.entries().stream().filter(entry -> !state.ledger().contains(entry.id())).toList();
    List<JournalEvent> events = new ArrayList<>();
    write.values().ifPresent(text -> events.add(new JournalEvent.Values(text)));
    if (!news.isEmpty()) {
      events.add(new JournalEvent.Changes(LedgerText.changes(news)));
    }
    return events.isEmpty()
        ? Effect().none().thenRun(after -> write.written().run())
        : Effect().persist(events).thenRun(after -> write.written().run());
  }

  @Override
  public EventHandler<Recovered, JournalEvent> eventHandler() {
    return newEventHandlerBuilder()
        .forAnyState()
        .onAnyEvent(
            (state, event) -> {
              state.apply(event);
              return state;
            });
  }

  @Override
  public SignalHandler<Recovered> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.class, (state, done) -> listener.recovered(state))
        .build();
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(EVENTS_BETWEEN_SNAPSHOTS, 2)
        .withDeleteEventsOnSnapshot();
  }

  /** The ledger goes on changing while a snapshot is written: that takes its text. */
  @Override
  public SnapshotAdapter<Recovered> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(Recovered state) {
        return new JournalEvent.Snapshot(LedgerText.write(state.ledger()));
      }

      @Override
      public Recovered fromJournal(Object from) {
        Recovered state = Recovered.nothing(history);
        state.apply((JournalEvent) from);
        return state;
      }
    };
  }
}
