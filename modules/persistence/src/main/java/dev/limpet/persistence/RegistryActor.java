package dev.limpet.persistence;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractOnMessageBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import com.fasterxml.jackson.databind.JsonNode;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.changes.Draft;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.state.PeerLink;
import dev.limpet.persistence.journal.JournalKeeper;
import dev.limpet.persistence.journal.Recovered;
import dev.limpet.persistence.ledger.Entry;
import dev.limpet.persistence.ledger.Ledger;
import dev.limpet.persistence.ledger.LedgerText;
import dev.limpet.persistence.peers.PeerMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The actor of a {@link Registry}. */
final class RegistryActor extends AbstractOnMessageBehavior<RegistryActor.Command> {

  sealed interface Command {}

  record Submit(Draft draft, CompletableFuture<ChangeRegistry.Outcome> outcome)
      implements Command {}

  record Subscribe(Consumer<Overlay> listener) implements Command {}

  /** A message from another node's registry. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
  record Received(long from, byte[] message) implements Command {}

  /**
   * @param held what stands in it
   * @param rescued what could be read of a damaged one in its place
   */
  record JournalOpened(Recovered held, Recovered rescued) implements Command {}

  /**
   * @param read what could be read of it
   */
  record JournalUnusable(String why, Recovered read) implements Command {}

  /** Closes the journal. */
  record Close(CompletableFuture<Void> closed) implements Command {}

  private record Written(long number) implements Command {}

  private enum Own implements Command {
    TICK
  }

  private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

  private static final Duration TICK = Duration.ofMillis(200);

  /**
   * One of the other nodes is asked for news each so many ticks; who has not answered, each tick.
   */
  private static final int TICKS_BETWEEN_QUESTIONS = 5;

  /** Bytes of what is sent in one message. */
  private static final int MOST_BYTES = Drafting.MOST_BYTES;

  private final Published published;
  private final PeerLink peers;
  private final Ledger ledger;
  private final Writing writing;
  private final Optional<JournalKeeper> journal;
  private final Drafting drafting;
  private final Submissions submissions = new Submissions();
  private final Comparison comparison;
  private final List<Consumer<Overlay>> listeners = new ArrayList<>();
  private boolean changed;
  private boolean ready;
  private final Duration patience;
  private final long start = System.nanoTime();
  private long ticks;

  private RegistryActor(
      ActorContext<Command> context, Published published, Registry.Surroundings surroundings) {
    super(context);
    this.published = published;
    this.peers = surroundings.peers();
    this.patience = surroundings.patience();
    this.drafting = new Drafting(surroundings.node(), surroundings.millis());
    this.ledger = published.ledger;
    ActorRef<Command> self = context.getSelf();
    this.journal =
        surroundings
            .storage()
            .map(
                storage ->
                    JournalKeeper.open(
                        storage,
                        surroundings.node(),
                        surroundings.history(),
                        surroundings.logging(),
                        new Owner(self)));
    this.writing =
        new Writing(
            ledger,
            (entries, values, number) -> {
              Runnable written = () -> self.tell(new Written(number));
              journal.ifPresentOrElse(keeper -> keeper.write(entries, values, written), written);
            });
    this.comparison = new Comparison(ledger, this::send);
    if (journal.isEmpty()) {
      writing.open(new Ledger(1));
    }
    peers.receive((from, message) -> self.tell(new Received(from, message)));
  }

  private record Owner(ActorRef<Command> self) implements JournalKeeper.Owner {

    @Override
    public void opened(Recovered held, Recovered rescued) {
      self.tell(new JournalOpened(held, rescued));
    }

    @Override
    public void unusable(String why, Recovered read) {
      self.tell(new JournalUnusable(why, read));
    }
  }

  static Behavior<Command> create(Published published, Registry.Surroundings surroundings) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Own.TICK, TICK);
                  return new RegistryActor(context, published, surroundings);
                }));
  }

  /** Goes on whatever happens: without this actor a node would know of no change any more. */
  @Override
  public Behavior<Command> onMessage(Command command) {
    try {
      perform(command);
      publish();
      lookWhetherReady();
    } catch (RuntimeException e) {
      LOG.error("the registry of changes could not do something, and goes on", e);
    }
    if (ready) {
      published.known.complete(null);
    }
    return this;
  }

  private void perform(Command command) {
    switch (command) {
      case Submit submit -> onSubmit(submit);
      case Subscribe(Consumer<Overlay> listener) -> {
        listeners.add(listener);
        tell(listener, published.overlay);
      }
      case Received received -> onReceived(received);
      case JournalOpened(Recovered held, Recovered rescued) -> onOpened(held, rescued);
      case JournalUnusable(String why, Recovered read) -> onUnusable(why, read);
      case Written(long number) -> onWritten(number);
      case Close(CompletableFuture<Void> closed) ->
          journal.ifPresentOrElse(
              keeper -> keeper.close().whenComplete((done, failure) -> closed.complete(null)),
              () -> closed.complete(null));
      case Own.TICK -> onTick();
    }
  }

  private void onSubmit(Submit submit) {
    Draft draft = submit.draft();
    if (!ready) {
      submit
          .outcome()
          .completeExceptionally(
              new IllegalStateException(
                  "this node is starting, and waits for " + published.waitsFor));
      return;
    }
    publish();
    Entry entry;
    try {
      entry = drafting.make(draft, published.overlay, ledger.highest());
    } catch (ChangeRegistry.Conflict | IllegalArgumentException refused) {
      submit.outcome().completeExceptionally(refused);
      return;
    }
    submissions.add(entry, submit.outcome(), System.nanoTime());
    for (PeerLink.Member peer : peers.peers()) {
      send(peer.uid(), new PeerMessage.Changes(List.of(entry)));
    }
    take(entry);
  }

  /** Takes a change into the ledger, and has it written. */
  private void take(Entry entry) {
    if (ledger.add(entry)) {
      changed = true;
      writing.add(entry);
    }
  }

  private void onReceived(Received received) {
    try {
      onMessage(received.from(), PeerMessage.read(received.message()));
    } catch (IllegalArgumentException e) {
      LOG.warn("another node's message cannot be read: {}", e.getMessage());
    }
  }

  private void onMessage(long from, PeerMessage message) {
    switch (message) {
      case PeerMessage.Changes(List<Entry> entries) -> onChanges(from, entries);
      case PeerMessage.Held(Collection<String> ids) ->
          ids.forEach(id -> submissions.held(id, from, peers.majority()));
      case PeerMessage.Pull pull -> comparison.answer(from, pull, writing.isRead());
      case PeerMessage.Have have -> comparison.onHave(from, have);
      case PeerMessage.Want(Collection<String> ids) -> sendAll(from, ledger.entries(ids));
      case PeerMessage.WantValues() -> sendValues(from);
      case PeerMessage.Values(JsonNode values, boolean last) -> {
        if (LedgerText.readValuesInto(ledger, values)) {
          changed = true;
          writing.addValues();
        }
        if (last) {
          comparison.onValues(from);
        }
      }
      case PeerMessage.Unknown unknown -> LOG.debug("a newer node says {}", unknown);
    }
  }

  private void onChanges(long from, List<Entry> entries) {
    List<String> held = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (Entry entry : entries) {
      String id = entry.id();
      take(entry);
      ids.add(id);
      if (writing.isWritten(id)) {
        held.add(id);
      } else {
        writing.owe(id, from);
      }
    }
    if (!held.isEmpty()) {
      send(from, new PeerMessage.Held(held));
    }
    comparison.onChanges(from, ids);
  }

  private void sendAll(long peer, List<Entry> entries) {
    List<Entry> part = new ArrayList<>();
    int bytes = 0;
    for (Entry entry : entries) {
      int more = entry.text().getBytes(StandardCharsets.UTF_8).length;
      if (bytes + more > MOST_BYTES) {
        send(peer, new PeerMessage.Changes(part));
        part = new ArrayList<>();
        bytes = 0;
      }
      part.add(entry);
      bytes += more;
    }
    if (!part.isEmpty()) {
      send(peer, new PeerMessage.Changes(part));
    }
  }

  private void sendValues(long peer) {
    List<JsonNode> parts = LedgerText.parts(ledger, MOST_BYTES);
    for (int i = 0; i < parts.size(); i++) {
      send(peer, new PeerMessage.Values(parts.get(i), i == parts.size() - 1));
    }
  }

  private void onOpened(Recovered held, Recovered rescued) {
    ledger.addAll(held.ledger());
    ledger.addAll(rescued.ledger());
    changed = true;
    if (!held.unreadable().isEmpty()) {
      LOG.error(
          "{} entries of the journal of changes cannot be read and are passed over, the first is {}",
          held.unreadable().size(),
          held.unreadable().getFirst());
    }
    if (writing.isBroken()) {
      LOG.info("the journal of changes can be written again");
    }
    published.trouble = "";
    writing.open(held.ledger());
  }

  private void onUnusable(String why, Recovered read) {
    if (!writing.isBroken()) {
      LOG.error(
          "{}. This node goes on, with what the other nodes know and hold; it tries again", why);
    }
    published.trouble = why;
    ledger.addAll(read.ledger());
    changed = true;
    writing.fail();
  }

  private void onWritten(long number) {
    Map<Long, List<String>> news = new HashMap<>();
    writing
        .written(number)
        .forEach(
            (change, owed) -> {
              submissions.heldHere(change, peers.majority());
              owed.forEach(peer -> news.computeIfAbsent(peer, p -> new ArrayList<>()).add(change));
            });
    news.forEach((peer, ids) -> send(peer, new PeerMessage.Held(ids)));
  }

  private void onTick() {
    ticks++;
    List<PeerLink.Member> others = peers.peers();
    comparison.retain(others.stream().map(PeerLink.Member::uid).collect(Collectors.toSet()));
    for (PeerLink.Member peer : others) {
      if (!comparison.hasHeardAll(peer.uid())) {
        comparison.ask(peer.uid());
      }
      if (!submissions.isEmpty()) {
        sendAll(peer.uid(), submissions.lackedBy(peer.uid()));
      }
    }
    if (ticks % TICKS_BETWEEN_QUESTIONS == 0 && !others.isEmpty()) {
      int one = ThreadLocalRandom.current().nextInt(others.size());
      comparison.ask(others.get(one).uid());
    }
    submissions.answerLate(peers.majority(), published.trouble, System.nanoTime());
    if (!ready && System.nanoTime() - start > patience.toNanos()) {
      LOG.warn(
          "this node waits no longer for {}: what it does not know may be in force elsewhere",
          published.waitsFor);
      ready = true;
      published.waitsFor = "";
    }
  }

  /**
   * What has been acknowledged stands in the journals of a majority; so who has read those of a
   * majority knows it. This node's counts once all that stands there: then another one may lose its
   * own.
   */
  private void lookWhetherReady() {
    if (!ready) {
      int others = comparison.countHeardAll();
      boolean own = writing.isRead() && writing.isSettled();
      ready = writing.isRead() ? own && others + 1 >= peers.majority() : others >= peers.majority();
      published.waitsFor =
          ready
              ? ""
              : writing.isRead()
                  ? "the changes made at run time, from the other nodes"
                  : "the changes made at run time, from the journal or the other nodes";
    }
  }

  private void publish() {
    if (changed) {
      changed = false;
      published.overlay = ledger.overlay();
      listeners.forEach(listener -> tell(listener, published.overlay));
    }
  }

  private static void tell(Consumer<Overlay> listener, Overlay overlay) {
    try {
      listener.accept(overlay);
    } catch (RuntimeException e) {
      LOG.error("a listener failed; the others hear of changes all the same", e);
    }
  }

  private void send(long peer, PeerMessage message) {
    peers.send(peer, message.toBytes());
  }
}
