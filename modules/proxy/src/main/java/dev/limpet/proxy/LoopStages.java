package dev.limpet.proxy;

import dev.limpet.transport.Loop;
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
   */
  static <T> void then(CompletionStage<T> stage, Loop loop, Consumer<@Nullable T> then) {
    stage.whenComplete(
        (result, failure) -> {
          if (loop.executor().inEventLoop()) {
            then.accept(result);
          } else {
            loop.executor().execute(() -> then.accept(result));
          }
        });
  }
}
