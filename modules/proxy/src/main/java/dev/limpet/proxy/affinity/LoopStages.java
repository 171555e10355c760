package dev.limpet.proxy.affinity;

import dev.limpet.transport.loop.Loop;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Goes on with what the cluster answers. */
final class LoopStages {

  private LoopStages() {}

  /**
   * Called on the loop. What is known by now is taken at once, else later, on the loop.
   *
   * @param then gets null if the stage has failed
   * @param thrown gets what that throws: the stage would swallow it
   */
  static <T> void then(
      CompletionStage<T> stage, Loop loop, Consumer<@Nullable T> then, Consumer<Throwable> thrown) {
    stage.whenComplete(
        (result, failure) -> {
          if (loop.executor().inEventLoop()) {
            run(then, result, thrown);
          } else {
            loop.execute(() -> then.accept(result), thrown);
          }
        });
  }

  private static <T> void run(
      Consumer<@Nullable T> then, @Nullable T result, Consumer<Throwable> thrown) {
    try {
      then.accept(result);
    } catch (Throwable broken) {
      thrown.accept(broken);
    }
  }
}
