package dev.limpet.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the actors that a node is made of: without one of them it would go on in the cluster, and
 * be blind. When one ends, so does the actor system, and the node joins again.
 */
final class Lifeline {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);

  private Lifeline() {}

  /** Gets each of them as a message. */
  static Behavior<ActorRef<?>> create() {
    return Behaviors.setup(
        context ->
            BehaviorBuilder.<ActorRef<?>>create()
                .onAnyMessage(
                    actor -> {
                      context.watch(actor);
                      return Behaviors.same();
                    })
                .onSignal(
                    Terminated.class,
                    end -> {
                      LOG.error(
                          "{} has ended; this node leaves the cluster and joins again",
                          end.getRef().path().name());
                      return Behaviors.stopped();
                    })
                .build());
  }
}
