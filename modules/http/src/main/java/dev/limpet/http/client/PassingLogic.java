package dev.limpet.http.client;

import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.Shape;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.GraphStageLogic;
import java.util.function.Consumer;

/**
 * The logic of a stage between a client and Akka HTTP, as far as it only passes something on: the
 * end of what comes in is the end of what goes out, and nothing is asked for that is not asked of
 * it.
 */
public abstract class PassingLogic extends GraphStageLogic {

  protected PassingLogic(Shape shape) {
    super(shape);
  }

  /** Gives {@code each} what comes in; the end of {@code in} is the end of {@code out}. */
  protected final <T> void passOn(Inlet<T> in, Outlet<?> out, Consumer<T> each) {
    setHandler(
        in,
        new AbstractInHandler() {
          @Override
          public void onPush() {
            each.accept(grab(in));
          }

          @Override
          public void onUpstreamFinish() {
            complete(out);
          }
        });
  }

  /** Asks {@code in} for what {@code out} is asked for. */
  protected final void askThrough(Outlet<?> out, Inlet<?> in) {
    setHandler(
        out,
        new AbstractOutHandler() {
          @Override
          public void onPull() {
            ask(in);
          }

          @Override
          public void onDownstreamFinish(Throwable cause) {
            cancel(in);
          }
        });
  }

  /** Asks for the next, unless that has been done or none will come. */
  protected final void ask(Inlet<?> in) {
    if (!hasBeenPulled(in) && !isClosed(in)) {
      pull(in);
    }
  }
}
