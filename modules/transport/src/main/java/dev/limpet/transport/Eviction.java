package dev.limpet.transport;

import akka.actor.AbstractExtensionId;
import akka.actor.ActorSystem;
import akka.actor.ExtendedActorSystem;
import akka.actor.Extension;
import dev.limpet.transport.loop.EventLoops;
import dev.limpet.transport.loop.Loop;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Closes clients' connections that can be done without when connections, open files or memory run
 * out, on all loops of an actor system. For any thread.
 */
final class Eviction implements Extension {

  private static final Id ID = new Id();

  /** How often each loop looks whether something has run out, or is there again. */
  private static final Duration ROUND = Duration.ofMillis(100);

  private final EventLoops loops;
  private final List<LoopEviction> byLoop;

  /** Listeners on which somebody waits for another's slot. */
  private final Set<Admission> crowded = ConcurrentHashMap.newKeySet();

  private Eviction(EventLoops loops) {
    this.loops = loops;
    int count = loops.all().size();
    this.byLoop = loops.all().stream().map(loop -> new LoopEviction(loop, count)).toList();
    byLoop.forEach(one -> one.loop().every(ROUND, () -> makeRoom(one)));
  }

  static Eviction of(ActorSystem system) {
    return ID.get(system);
  }

  EventLoops loops() {
    return loops;
  }

  LoopEviction of(Loop loop) {
    return byLoop.get(loop.index());
  }

  void addCrowded(Admission listener) {
    crowded.add(listener);
  }

  void removeCrowded(Admission listener) {
    crowded.remove(listener);
  }

  /** Something is free that all listeners share. */
  void admitWaiting() {
    for (Admission listener : crowded) {
      listener.admitWaiting();
    }
  }

  private void makeRoom(LoopEviction loop) {
    crowded.forEach(listener -> listener.makeRoom(loop));
    loop.makeRoom();
  }

  private static final class Id extends AbstractExtensionId<Eviction> {
    @Override
    public Eviction createExtension(ExtendedActorSystem system) {
      return new Eviction(EventLoops.of(system));
    }
  }
}
