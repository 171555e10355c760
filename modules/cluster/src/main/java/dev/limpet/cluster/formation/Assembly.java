package dev.limpet.cluster.formation;

import dev.limpet.cluster.formation.Hail.Word;
import dev.limpet.cluster.voters.Electorate;
import dev.limpet.model.net.HostPort;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules by which nodes that find each other become one cluster, and only one. A node that finds
 * a member joins it. A new cluster is founded only by a node that a majority has voted for, and a
 * node votes for one at a time. If somebody of these knows who voted in an earlier life of the
 * cluster, it is a majority of those; else of as many nodes as the settings expect, or of all that
 * have been heard of lately, if these are more. What counts are names: addresses where nobody
 * answers are nobody's, and a node at two addresses is one.
 *
 * <p>Time is told to it, in nanoseconds of a monotonic clock; messages go out by a function. One
 * thread at a time.
 */
final class Assembly {

  private static final Logger LOG = LoggerFactory.getLogger(Formation.class);

  /** So long a vote binds the voter. It joins whom it has voted for well within this time. */
  static final long VOTE_NANOS = Duration.ofSeconds(5).toNanos();

  /** A candidate waits for so long for addresses where nobody answers: there may be a member. */
  private static final long ANSWER_NANOS = Duration.ofSeconds(2).toNanos();

  /** No further node has come up for so long when a new cluster is founded. */
  private static final long QUIET_NANOS = Duration.ofSeconds(3).toNanos();

  /** For so long, if at most addresses nobody answers: those may be behind a broken network. */
  private static final long DOUBTFUL_NANOS = Duration.ofSeconds(10).toNanos();

  /** Nodes later by name stand later, so that the first rounds do not split the votes. */
  private static final long BETWEEN_CANDIDATES_NANOS = Duration.ofSeconds(1).toNanos();

  /** After this Akka is asked anew to join, should the chosen member have gone in the meantime. */
  private static final long JOIN_NANOS = Duration.ofSeconds(5).toNanos();

  private static final Decision WAIT = new Decision.Wait();

  private record Member(long heard, boolean quorum) {}

  private final Gathering.Self self;
  private final Acquaintances others;
  private final Supplier<Electorate> voters;
  private final BiConsumer<HostPort, Hail> post;
  private final LongSupplier millis;
  private final long startedAt;
  private final Map<HostPort, Member> members = new HashMap<>();
  private final Votes votes = new Votes();
  private final Rivals rivals = new Rivals();
  private final Set<String> said = new HashSet<>();
  private boolean hasVoted;
  private long votedFor;
  private long votedAt;
  private long standsFrom;
  private long standingSince;
  private boolean isJoining;
  private long joinedAt;
  private boolean isRefused;
  private long refusedAt;
  private boolean founding;

  /**
   * @param voters the newest that this node knows
   * @param post sends; messages may be lost, doubled, and overtake one another
   * @param millis the time of day, in milliseconds of Unix time
   */
  Assembly(
      Gathering.Self self,
      Supplier<Electorate> voters,
      BiConsumer<HostPort, Hail> post,
      LongSupplier millis,
      long now) {
    this.self = self;
    this.others = new Acquaintances(self.name(), self.address(), now);
    this.voters = voters;
    this.post = post;
    this.millis = millis;
    this.startedAt = now;
    this.standsFrom = now;
  }

  /** The finder's newest answer. */
  void found(Set<HostPort> addresses, long now) {
    others.found(addresses, now);
  }

  void hear(Hail hail, Standing standing, long now) {
    if (hail.process() == self.process()) {
      return;
    }
    if (hail.name().equals(self.name())) {
      hearNamesake(hail, standing, now);
      return;
    }
    others.hear(hail, now);
    votes.hear(hail, now);
    switch (hail.word()) {
      case ASK -> answer(hail, standing, Word.NOTHING, now);
      case STAND ->
          answer(
              hail, standing, standing.isMember() ? Word.NOTHING : vote(hail, standing, now), now);
      case MEMBER -> hearMember(hail, standing, now);
      case VOTE, NOTHING -> {}
      case NAMESAKE -> {
        refuse(now);
        warnOnce(
            "the cluster has a node of this one's name, \"%s\", at another address; this one joins when"
                    .formatted(self.name())
                + " that one is gone. If both are to run, give each its own node.name");
      }
    }
  }

  private void answer(Hail question, Standing standing, Word ofNoMember, long now) {
    HostPort namesake = standing.others().get(question.name());
    if (!standing.isMember()) {
      send(ofNoMember, question.from(), question.stamp(), standing, others.sightings(now));
    } else if (namesake == null || namesake.equals(question.from())) {
      send(Word.MEMBER, question.from(), question.stamp(), standing, List.of());
    } else {
      // The two of them are to talk.
      send(
          Word.NAMESAKE,
          question.from(),
          question.stamp(),
          standing,
          List.of(new Hail.Sighting(question.name(), namesake, 0)));
    }
  }

  /** Of two nodes of one name the member stays; if there is none, the one that started first. */
  private void hearNamesake(Hail hail, Standing standing, long now) {
    boolean stays =
        standing.isMember()
            || (hail.word() != Word.MEMBER
                && hail.word() != Word.NAMESAKE
                && self.process() < hail.process());
    String conflict =
        "the node at %s has this node's name, \"%s\", too; %s. Give each its own node.name"
            .formatted(
                hail.from(),
                self.name(),
                stays ? "it is kept out" : "this one stays out of the cluster");
    if (said.add(conflict)) {
      LOG.error(conflict);
    }
    if (!stays) {
      refuse(now);
    } else if (hail.word() == Word.ASK || hail.word() == Word.STAND) {
      send(Word.NAMESAKE, hail.from(), hail.stamp(), standing, List.of());
    }
  }

  private void refuse(long now) {
    isRefused = true;
    refusedAt = now;
    votes.clear();
    members.clear();
  }

  private void hearMember(Hail hail, Standing standing, long now) {
    if (!standing.isMember()) {
      members.put(hail.from(), new Member(now, hail.quorum()));
    } else {
      rivals.hear(hail, standing, now);
    }
  }

  /** Says no more than that this node is there. */
  void greet(HostPort node, long now) {
    send(Word.NOTHING, node, now, Standing.OUTSIDE, List.of());
  }

  /** To be called several times a second. */
  Decision round(Standing standing, long now) {
    others.forget(now);
    return switch (standing.stage()) {
      case BETWEEN -> WAIT;
      case MEMBER -> watch(standing, now);
      case OUTSIDE -> enter(now);
    };
  }

  private Decision enter(long now) {
    Decision decision = WAIT;
    members.values().removeIf(member -> now - member.heard() > ANSWER_NANOS);
    isRefused &= now - refusedAt <= 2 * ANSWER_NANOS;
    if (founding || isRefused) {
      votes.clear();
    } else if (!members.isEmpty()) {
      decision = join(now);
    } else if (stands(now)) {
      decision = collectVotes(now);
    }
    Word question = isCandidate(now) ? Word.STAND : Word.ASK;
    List<Hail.Sighting> sightings = others.sightings(now);
    others.due(now).forEach(to -> send(question, to, now, Standing.OUTSIDE, sightings));
    return decision;
  }

  private Decision join(long now) {
    if (isJoining && now - joinedAt < JOIN_NANOS) {
      return WAIT;
    }
    isJoining = true;
    joinedAt = now;
    boolean quorum = members.values().stream().anyMatch(Member::quorum);
    return new Decision.Join(
        members.entrySet().stream()
            .filter(member -> member.getValue().quorum() || !quorum)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet()));
  }

  private boolean isCandidate(long now) {
    return votedFor == self.process() && !isFree(now);
  }

  /** Whether this node wants to found the cluster now; it then has its own vote. */
  private boolean stands(long now) {
    if (!mayStand(now)) {
      standsFrom = Math.max(standsFrom, now + others.rank(now) * BETWEEN_CANDIDATES_NANOS);
      return false;
    }
    if (isCandidate(now)) {
      return true;
    }
    if (hasVoted && votedFor == self.process()) {
      // No majority in time: those who have voted for this node become free to vote for another.
      hasVoted = false;
      standsFrom = now + VOTE_NANOS + (1 + others.rank(now)) * BETWEEN_CANDIDATES_NANOS;
      return false;
    }
    if (now - standsFrom >= 0 && isFree(now)) {
      hasVoted = true;
      votedFor = self.process();
      votedAt = now;
      standingSince = now;
      votes.clear();
      return true;
    }
    return false;
  }

  private boolean mayStand(long now) {
    if (!others.hasFound() || now - startedAt < Votes.COUNT_NANOS) {
      return false;
    }
    boolean doubtful = others.silent(now) >= others.present(now);
    return voters.get().isKnown()
        || others.quietFor(now) >= (doubtful ? DOUBTFUL_NANOS : QUIET_NANOS);
  }

  private Decision collectVotes(long now) {
    Set<String> electors = votes.of(now);
    electors.add(self.name());
    Electorate earlier = votes.newest(voters.get(), now);
    boolean elected =
        earlier.isKnown()
            ? earlier.isMajority(electors)
            : electors.size() > universe() / 2 && others.quietFor(now) >= QUIET_NANOS;
    if (!elected
        || (!others.haveAllAnsweredSince(standingSince) && now - standingSince < ANSWER_NANOS)) {
      return WAIT;
    }
    founding = true;
    return new Decision.Found(
        earlier.isKnown()
            ? earlier
            : Electorate.founded(millis.getAsLong() / 1000, first(electors)));
  }

  private int universe() {
    return Math.max(self.expect(), others.count());
  }

  private List<String> first(Set<String> electors) {
    return Stream.concat(
            Stream.of(self.name()),
            electors.stream().filter(name -> !name.equals(self.name())).sorted())
        .limit(self.voters())
        .toList();
  }

  private Word vote(Hail candidate, Standing standing, long now) {
    if (!standing.isOutside()
        || founding
        || isRefused
        || now - startedAt < Votes.COUNT_NANOS
        || (isJoining && now - joinedAt < JOIN_NANOS)) {
      // On its way into a cluster that exists, or none that counts.
      return Word.NOTHING;
    }
    if (isFree(now) || votedFor == candidate.process()) {
      hasVoted = true;
      votedFor = candidate.process();
      votedAt = now;
      return Word.VOTE;
    }
    return Word.NOTHING;
  }

  private boolean isFree(long now) {
    return !hasVoted || now - votedAt > VOTE_NANOS;
  }

  /** A member looks whether there is another cluster. */
  private Decision watch(Standing standing, long now) {
    if (standing.hasElderNamesake()) {
      return new Decision.Leave(
          "another member has this node's name, \"%s\", and had it before; give each its own node.name"
              .formatted(self.name()));
    }
    if (rivals.isTimeToLook(now)) {
      others
          .foundBeside(standing.others().values())
          .forEach(at -> send(Word.ASK, at, now, standing, List.of()));
    }
    return rivals
        .betterOne(voters.get(), hasQuorum(standing), standing, now)
        .<Decision>map(Decision.Leave::new)
        .orElse(WAIT);
  }

  private boolean hasQuorum(Standing standing) {
    Electorate own = voters.get();
    return standing.isMember() && own.isKnown() && own.isMajority(standing.reachable());
  }

  private void send(
      Word word, HostPort to, long stamp, Standing standing, List<Hail.Sighting> sightings) {
    post.accept(
        to,
        new Hail(
            word,
            self.name(),
            self.process(),
            self.address(),
            stamp,
            voters.get(),
            hasQuorum(standing),
            sightings));
  }

  void warnOnce(String what) {
    if (said.add(what)) {
      LOG.warn(what);
    }
  }

  /** Why this node is in no cluster yet, for an operator. */
  String report(long now) {
    if (!others.hasFound()) {
      return "nothing is known yet of where other nodes are";
    }
    if (isRefused) {
      return "another node has this one's name, \"" + self.name() + "\"";
    }
    Electorate earlier = votes.newest(voters.get(), now);
    return "at %d other addresses %d nodes answer; %s are needed to found a cluster, a member to join one"
        .formatted(
            others.places(),
            others.present(now) - 1,
            earlier.isKnown()
                ? "%d of %s, who voted last,".formatted(earlier.majority(), earlier.voters())
                : universe() / 2 + 1 + " with this one");
  }
}
