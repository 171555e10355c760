package dev.limpet.cluster.link;

import akka.actor.typed.ActorRef;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.state.PeerLink;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This node's end of its {@link PeerLink}s, one for each kind of messages. It outlives the actor
 * systems that carry it.
 */
public final class Link {

  /** What messages are about. */
  public enum Kind {
    /** Changes made at run time. */
    CHANGES(0),
    /** What nodes count, time and notice. Nodes of version 0.1.0 get none of these. */
    LIVE(1);

    private final byte number;

    Kind(int number) {
      this.number = (byte) number;
    }

    byte number() {
      return number;
    }
  }

  private final Supplier<Electorate> voters;
  private final int expected;
  private volatile List<PeerLink.Member> peers = List.of();
  private volatile Set<String> members = Set.of();
  private final Map<Byte, BiConsumer<Long, byte[]>> listeners = new ConcurrentHashMap<>();
  private volatile @Nullable ActorRef<LinkActor.Command> actor;

  /**
   * @param voters those who vote, whether they run or not
   * @param expected how many nodes there are at least, as long as it is not known who votes
   */
  public Link(Supplier<Electorate> voters, int expected) {
    this.voters = voters;
    this.expected = expected;
  }

  /** The link for one kind of messages. */
  public PeerLink of(Kind kind) {
    return new OfKind(kind);
  }

  private final class OfKind implements PeerLink {

    private final Kind kind;

    OfKind(Kind kind) {
      this.kind = kind;
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
        by.tell(new LinkActor.Send(uid, kind.number(), message));
      }
    }

    @Override
    public void receive(BiConsumer<Long, byte[]> listener) {
      listeners.put(kind.number(), listener);
    }
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
  void members(List<PeerLink.Member> others, Set<String> ids) {
    peers = List.copyOf(others);
    members = Set.copyOf(ids);
  }

  /** Nobody hears of a kind that this version does not know. */
  void received(long from, byte kind, byte[] message) {
    BiConsumer<Long, byte[]> listener = listeners.get(kind);
    if (listener != null) {
      listener.accept(from, message);
    }
  }
}
