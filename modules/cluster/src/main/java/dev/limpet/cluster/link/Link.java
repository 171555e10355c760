package dev.limpet.cluster.link;

import akka.actor.typed.ActorRef;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.state.PeerLink;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** This node's end of a {@link PeerLink}. It outlives the actor systems that carry it. */
public final class Link implements PeerLink {

  private final List<HostPort> configured;
  private volatile List<Member> peers = List.of();
  private volatile int majority;
  private volatile BiConsumer<Long, byte[]> listener = (from, message) -> {};
  private volatile @Nullable ActorRef<LinkActor.Command> actor;

  /**
   * @param configured all nodes that the settings name, whether they run or not
   */
  public Link(List<HostPort> configured) {
    this.configured = configured;
    this.majority = configured.size() / 2 + 1;
  }

  @Override
  public List<Member> peers() {
    return peers;
  }

  @Override
  public int majority() {
    return majority;
  }

  @Override
  public void send(long uid, byte[] message) {
    ActorRef<LinkActor.Command> by = actor;
    if (by != null) {
      by.tell(new LinkActor.Send(uid, message));
    }
  }

  @Override
  public void receive(BiConsumer<Long, byte[]> newListener) {
    listener = newListener;
  }

  List<HostPort> configured() {
    return configured;
  }

  void carriedBy(@Nullable ActorRef<LinkActor.Command> newActor) {
    actor = newActor;
    if (newActor == null) {
      peers = List.of();
    }
  }

  void members(List<Member> others, int newMajority) {
    peers = List.copyOf(others);
    majority = newMajority;
  }

  void received(long from, byte[] message) {
    listener.accept(from, message);
  }
}
