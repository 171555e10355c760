package dev.limpet.persistence;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import com.typesafe.config.Config;
import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.changes.Draft;
import dev.limpet.model.changes.Overlay;
import dev.limpet.model.state.PeerLink;
import dev.limpet.persistence.journal.Storage;
import dev.limpet.persistence.ledger.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * This node's registry of changes: an actor that keeps the ledger, has it written to the node's
 * journal, and keeps it the same as the other nodes' ledgers. Safe for threads.
 */
public final class Registry implements ChangeRegistry {

  /**
   * The surroundings of a registry.
   *
   * @param node this one's name
   * @param history changes that are kept one by one, at least 1
   * @param storage where the journal is; empty: there is none, and what the nodes know is lost when
   *     all of them stop
   * @param patience for how long this node waits until it knows what a majority knows; then it
   *     takes changes all the same
   * @param logging settings of Akka's, for the journal's actor system
   * @param peers the other nodes' registries
   * @param millis the cluster's time in milliseconds
   */
  public record Surroundings(
      String node,
      int history,
      Duration patience,
      Optional<Storage> storage,
      Config logging,
      PeerLink peers,
      LongSupplier millis) {}

  private final Published published;
  private final ActorRef<RegistryActor.Command> actor;

  private Registry(ActorSystem<?> system, Surroundings surroundings) {
    published = new Published(surroundings.history());
    actor =
        system.systemActorOf(
            RegistryActor.create(published, surroundings), "limpet-changes", Props.empty());
  }

  /**
   * Starts a registry.
   *
   * @param system where its actor lives
   */
  public static Registry start(ActorSystem<?> system, Surroundings surroundings) {
    return new Registry(system, surroundings);
  }

  @Override
  public Overlay overlay() {
    return published.overlay;
  }

  @Override
  public void subscribe(Consumer<Overlay> listener) {
    actor.tell(new RegistryActor.Subscribe(listener));
  }

  @Override
  public CompletionStage<Outcome> submit(Draft draft) {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    actor.tell(new RegistryActor.Submit(draft, outcome));
    return outcome;
  }

  @Override
  public List<Change> history() {
    List<Change> changes = new ArrayList<>();
    for (Entry entry : published.ledger.history()) {
      changes.add(entry.change());
    }
    Collections.reverse(changes);
    return changes;
  }

  @Override
  public String trouble() {
    return published.trouble;
  }

  /**
   * What this node waits for until it knows of all changes that any node has acknowledged, in an
   * operator's words; empty when it does.
   */
  public String waitsFor() {
    return published.waitsFor;
  }

  /**
   * Completes when this node knows of all changes that any node has acknowledged: it has read its
   * own journal and heard from other nodes, together a majority. Or when its patience is at an end.
   */
  public CompletionStage<Void> known() {
    return published.known;
  }

  /** Closes the journal. */
  public CompletionStage<?> close() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    actor.tell(new RegistryActor.Close(closed));
    return closed;
  }
}
