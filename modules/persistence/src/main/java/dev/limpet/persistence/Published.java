package dev.limpet.persistence;

import dev.limpet.model.changes.Overlay;
import dev.limpet.persistence.ledger.Ledger;
import java.util.concurrent.CompletableFuture;

/** What the {@link RegistryActor} shows to other threads. */
final class Published {

  /** Others may read its history only. */
  final Ledger ledger;

  volatile Overlay overlay = Overlay.EMPTY;

  /** Why changes cannot be written down here; empty if they can. */
  volatile String trouble = "";

  /** What is missing until all acknowledged changes are known here; empty if nothing is. */
  volatile String waitsFor = "the changes made at run time";

  /** Completes when nothing is any more. */
  final CompletableFuture<Void> known = new CompletableFuture<>();

  Published(int history) {
    ledger = new Ledger(history);
  }
}
