package dev.limpet.cluster.state;

import akka.cluster.ClusterEvent.CurrentClusterState;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.cluster.voters.MemberId;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.ClusterSnapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The cluster's nodes at one moment, as this one sees them. */
final class Membership {

  private final CurrentClusterState cluster;
  private final Member self;
  private final Electorate electorate;
  private final List<Member> members = new ArrayList<>();
  private final List<Member> up;
  private final List<Member> reachable;

  private Membership(CurrentClusterState cluster, Member self, Electorate electorate) {
    this.cluster = cluster;
    this.self = self;
    this.electorate = electorate;
    cluster.getMembers().forEach(members::add);
    this.up = members.stream().filter(Membership::isUp).toList();
    this.reachable =
        up.stream().filter(member -> !cluster.getUnreachable().contains(member)).toList();
  }

  /**
   * @param electorate those whose votes count
   */
  static Membership now(Cluster cluster, Electorate electorate) {
    return new Membership(cluster.state(), cluster.selfMember(), electorate);
  }

  /** Writes down where each member is, by its id. */
  static void note(Cluster cluster, boolean fixed, Map<String, HostPort> places) {
    cluster
        .state()
        .getMembers()
        .forEach(member -> places.put(MemberId.of(member, fixed), MemberId.address(member)));
  }

  /** Whether this node is a full member. */
  boolean isUp() {
    return isUp(self);
  }

  private static boolean isUp(Member member) {
    return member.status().equals(MemberStatus.up());
  }

  /** This node's unique address, by which its entries in replicated maps are known. */
  String self() {
    return address(self);
  }

  /** Those of all members, whatever their status. */
  Set<String> addresses() {
    Set<String> addresses = new HashSet<>();
    members.forEach(member -> addresses.add(address(member)));
    return addresses;
  }

  int countUp() {
    return up.size();
  }

  /**
   * Whether this node is in touch with more than half of the full members. One that is no member,
   * and goes by itself, misses nobody.
   */
  boolean hasMajority() {
    return !isUp() || reachable.size() * 2 > up.size();
  }

  /** The nodes that servers are to be checked by, as far as this one can say. */
  List<String> observers() {
    if (!isUp()) {
      return List.of(self());
    }
    return (hasMajority() ? reachable : up).stream().map(Membership::address).toList();
  }

  /** Whether none has been a member for longer. */
  boolean isOldest() {
    for (Member member : members) {
      boolean counts = isUp(member) || member.status().equals(MemberStatus.leaving());
      if (counts && member.isOlderThan(self)) {
        return false;
      }
    }
    return true;
  }

  /** For an operator; sorted by name. */
  List<ClusterSnapshot.Node> nodes(Settings settings, Map<String, Declaration> declared) {
    return members.stream()
        .map(
            member -> {
              boolean own = member.uniqueAddress().equals(self.uniqueAddress());
              Declaration declaration = declared.get(address(member));
              String hostPort = member.address().hostPort();
              String at = hostPort.substring(hostPort.indexOf('@') + 1);
              String name =
                  own
                      ? settings.node().name()
                      : declaration == null ? MemberId.name(member) : declaration.name();
              String status = member.status().toString().toLowerCase(Locale.ROOT);
              boolean isReachable = !cluster.getUnreachable().contains(member);
              boolean votes = electorate.has(MemberId.of(member, electorate.isFixed()));
              return new ClusterSnapshot.Node(name, at, status, isReachable, votes, own);
            })
        .sorted(Comparator.comparing(ClusterSnapshot.Node::name))
        .toList();
  }

  private static String address(Member member) {
    return member.uniqueAddress().toString();
  }
}
