package dev.limpet.admin;

import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.ChangeRegistry;
import dev.limpet.model.changes.Draft;
import dev.limpet.model.changes.Overlay;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** A registry behind a disk that may fail. */
final class FailingRegistry implements ChangeRegistry {

  private final AtomicReference<ChangeRegistry> real = new AtomicReference<>();
  private volatile boolean broken;

  void broken(boolean broken) {
    this.broken = broken;
  }

  ChangeRegistry over(ChangeRegistry registry) {
    real.set(registry);
    return this;
  }

  @Override
  public Overlay overlay() {
    return real.get().overlay();
  }

  @Override
  public void subscribe(Consumer<Overlay> listener) {
    real.get().subscribe(listener);
  }

  @Override
  public CompletionStage<Outcome> submit(Draft draft) {
    return broken
        ? CompletableFuture.failedFuture(
            new IllegalStateException("no node has written it down: the disk is full"))
        : real.get().submit(draft);
  }

  @Override
  public List<Change> history() {
    return real.get().history();
  }

  @Override
  public String trouble() {
    return broken ? "the disk is full" : "";
  }
}
