package dev.limpet.http.client;

import akka.actor.ActorSystem;
import akka.stream.ActorMaterializer;
import akka.stream.ActorMaterializerSettings;
import akka.stream.Attributes;
import akka.stream.Materializer;
import akka.stream.javadsl.RunnableGraph;
import dev.limpet.transport.Connection;
import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import scala.concurrent.ExecutionContext;

/**
 * The clients whose connections live on one loop. It runs the streams that serve them, and its
 * clock ends those that are late. Their times are kept to within a tick: a timer for each of them
 * would cost more than it gives.
 */
public final class LoopClients {

  private static final Duration TICK = Duration.ofMillis(100);

  /** Called on the loop, but outside of any stream, and must not enter one. */
  public interface Clock {
    void tick(long now);

    /** Ends the connection at once. */
    void abort();
  }

  private final Loop loop;
  private final Materializer materializer;
  private final Set<Clock> open = new HashSet<>();

  public LoopClients(ActorSystem system, Loop loop) {
    this.loop = loop;
    this.materializer = materializer(system, loop);
    loop.every(TICK, this::tick);
  }

  /**
   * Runs the stream that serves a connection of the loop.
   *
   * @param shared what its stages find among their attributes, beside the connection
   */
  public <M> M run(RunnableGraph<M> stream, Connection connection, Attributes shared) {
    return stream.withAttributes(Attributes.apply(connection).and(shared)).run(materializer);
  }

  /** The loop, for Scala. */
  public ExecutionContext executionContext() {
    return materializer.executionContext();
  }

  public void add(Clock client) {
    open.add(client);
  }

  public void remove(Clock client) {
    open.remove(client);
  }

  private void tick() {
    long now = System.nanoTime();
    for (Clock client : open) {
      try {
        client.tick(now);
      } catch (Throwable thrown) {
        loop.faults().caught("a connection", thrown);
        client.abort();
      }
    }
  }

  /**
   * Runs streams on a loop, and there also the actor that watches over them: else each connection
   * would wake another thread when it ends. No other way to make one takes settings.
   */
  @SuppressWarnings("deprecation")
  private static Materializer materializer(ActorSystem system, Loop loop) {
    ActorMaterializerSettings settings =
        ActorMaterializerSettings.create(system).withDispatcher(loop.dispatcherId());
    return ActorMaterializer.create(settings, system, "loop-" + loop.index());
  }
}
