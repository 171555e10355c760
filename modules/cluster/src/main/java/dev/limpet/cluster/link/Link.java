package dev.limpet.cluster.link;

import akka.actor.typed.ActorRef;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.state.PeerLink;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** This node's end of a {@link PeerLink}. It outlives the actor systems that carry it. */
public final class Link implements PeerLink {

  private final Supplier<Electorate> voters;
  private final int expected;
  private volatile List<Member> peers = List.of();
  private volatile Set<String> members = Set.of();
  private volatile BiConsumer<Long, byte[]> listener = (from, message) -> {};
  private volatile @Nullable ActorRef<LinkActor.Command> actor;

  /**
   * @param voters those who vote, whether they run or not
   * @param expected how many nodes there are at least, as long as it is not known who votes
   */
  public Link(Supplier<Electorate> voters, int expected) {
    this.voters = voters;
    this.expected = expected;
  }

  @Override
  public List<Member> peers() {
    return peers;
  }

  @Override
  public int majority() {
    Electorate electorate = voters.get();
    Set<String> all = new HashSet<>(members);
    all.addAll(electorate.voters());
    return (electorate.isKnown() ? all.size() : Math.max(all.size(), expected)) / 2 + 1;
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

  /** Whether nodes are known by their addresses. */
  boolean goesByAddress() {
    return voters.get().isFixed();
  }

  void carriedBy(@Nullable ActorRef<LinkActor.Command> newActor) {
    actor = newActor;
    if (newActor == null) {
      peers = List.of();
    }
  }

  /**
   * @param others those that can be reached
   * @param ids of all members, this one included
   */
  void members(List<Member> others, Set<String> ids) {
    peers = List.copyOf(others);
    members = Set.copyOf(ids);
  }

  void received(long from, byte[] message) {
    listener.accept(from, message);
  }
}
