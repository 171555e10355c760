package dev.limpet.cluster.downing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.cluster.downing.Survivors.Blame;
import dev.limpet.cluster.downing.Survivors.View;
import dev.limpet.cluster.voters.Electorate;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;

class SurvivorsTest {

  private static final Electorate ABC = Electorate.founded(1, List.of("a", "b", "c"));

  @Test
  void theSideWithTheVotersStaysHoweverSmallItIs() {
    BiPredicate<String, String> cut = (one, other) -> "ab".contains(one) != "ab".contains(other);
    assertThat(seenBy("a", "abcdefgh", ABC, cut)).containsExactly("a", "b");
    assertThat(seenBy("e", "abcdefgh", ABC, cut)).isEmpty();
  }

  @Test
  void whoIsDeadGoes() {
    assertThat(survivors("abc", ABC, "a-b c-b")).containsExactly("a", "c");
    assertThat(survivors("abc", ABC, "c-a c-b")).as("the only one left").isEmpty();
  }

  @Test
  void oneEndOfACutLinkGoes() {
    assertThat(survivors("abc", ABC, "a-b b-a")).containsExactly("a", "c");
    assertThat(survivors("abcd", ABC, "a-d d-a"))
        .as("who does not vote")
        .containsExactly("a", "b", "c");
  }

  @Test
  void whoHasTheMostCutLinksGoes() {
    assertThat(survivors("abcd", ABC, "a-b b-a a-c c-a")).containsExactly("b", "c", "d");
  }

  @Test
  void whatTheDeadHaveSaidAtTheEndKeepsNobodyOut() {
    assertThat(survivors("abc", ABC, "a-b c-b b-a b-c")).containsExactly("a", "c");
  }

  @Test
  void aslongAsItIsNotKnownWhoVotesAllMembersDo() {
    assertThat(survivors("abc", Electorate.NONE, "a-c b-c")).containsExactly("a", "b");
    assertThat(survivors("ab", Electorate.NONE, "a-b")).as("half of them").containsExactly("a");
    assertThat(survivors("ab", Electorate.NONE, "b-a")).as("the other half").isEmpty();
  }

  /** Whatever links are cut: sides that do not hear of each other never both stay. */
  @Test
  void neverDoTwoSidesStay() {
    Random random = new Random(8);
    for (int run = 0; run < 3_000; run++) {
      String members = "abcdefg".substring(0, 2 + random.nextInt(6));
      Electorate voters = random.nextInt(5) == 0 ? Electorate.NONE : ABC;
      Set<String> down = new HashSet<>();
      for (String one : letters(members)) {
        for (String other : letters(members)) {
          if (random.nextInt(4) == 0) {
            down.add(one.compareTo(other) < 0 ? one + other : other + one);
          }
        }
      }
      BiPredicate<String, String> cut =
          (one, other) -> down.contains(one.compareTo(other) < 0 ? one + other : other + one);
      Set<Set<String>> stay = new HashSet<>();
      for (String self : letters(members)) {
        Set<String> survivors = seenBy(self, members, voters, cut);
        if (survivors.contains(self)) {
          stay.add(survivors);
        }
      }
      assertThat(stay).as("%s, cut: %s", members, down).hasSizeLessThanOrEqualTo(1);
    }
  }

  /** A node hears what those say that it reaches, if only over others. */
  private static Set<String> seenBy(
      String self, String all, Electorate voters, BiPredicate<String, String> cut) {
    Set<String> heard = new HashSet<>(Set.of(self));
    for (int i = 0; i < all.length(); i++) {
      for (String from : List.copyOf(heard)) {
        letters(all).stream().filter(to -> !cut.test(from, to)).forEach(heard::add);
      }
    }
    StringBuilder blames = new StringBuilder();
    for (String observer : heard) {
      for (String subject : letters(all)) {
        if (!observer.equals(subject) && cut.test(observer, subject)) {
          blames.append(observer).append('-').append(subject).append(' ');
        }
      }
    }
    return survivors(all, voters, blames.toString());
  }

  private static Set<String> survivors(String members, Electorate voters, String blames) {
    Map<String, String> ids = new LinkedHashMap<>();
    letters(members).forEach(member -> ids.put(member, member));
    Set<Blame> all = new HashSet<>();
    for (String blame : blames.isBlank() ? new String[] {} : blames.trim().split(" ")) {
      all.add(new Blame(blame.substring(0, 1), blame.substring(2)));
    }
    return Survivors.of(new View(ids, all, voters));
  }

  private static List<String> letters(String text) {
    return text.chars().mapToObj(Character::toString).toList();
  }
}
