package dev.limpet.persistence.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limpet.model.changes.Change;
import dev.limpet.model.changes.SettingPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Nodes that have heard of the same changes are the same, whatever the way they heard. */
class LedgerLawsTest {

  /** Small, so that changes are folded. */
  private static final int LIMIT = 8;

  @Provide
  Arbitrary<List<Entry>> changes() {
    Arbitrary<Long> versions = Arbitraries.longs().between(1, 12);
    Arbitrary<List<Integer>> servers = Arbitraries.integers().between(0, 3).list().ofMinSize(1);
    return Combinators.combine(versions, servers.map(list -> list.stream().distinct().toList()))
        .as(LedgerLawsTest::entry)
        .list()
        .ofMaxSize(30);
  }

  private static Entry entry(long version, List<Integer> servers) {
    List<Change.Step> steps = new ArrayList<>();
    for (int server : servers) {
      steps.add(
          new Change.Step(
              SettingPath.server("nodejs", "server-" + server).child("weight"),
              Long.toString(version),
              null));
    }
    // Equal ids are the same change.
    String id = version + "-" + servers.hashCode() % 3;
    return ChangeText.write(
        new Change(
            id + servers, version, version, "who", "from", "node", "", Optional.empty(), steps));
  }

  private static Ledger ledger(List<Entry> entries) {
    Ledger ledger = new Ledger(LIMIT);
    entries.forEach(ledger::add);
    return ledger;
  }

  private static void assertSame(Ledger one, Ledger other) {
    assertThat(other.overlay()).isEqualTo(one.overlay());
    assertThat(List.copyOf(other.history())).isEqualTo(List.copyOf(one.history()));
    assertThat(other.valuesDigest()).isEqualTo(one.valuesDigest());
    assertThat(other.horizon()).isEqualTo(one.horizon());
    assertThat(Arrays.equals(other.digests(other.horizon()), one.digests(one.horizon()))).isTrue();
  }

  @Property
  void theOrderDoesNotMatter(@ForAll("changes") List<Entry> changes, @ForAll long seed) {
    List<Entry> shuffled = new ArrayList<>(changes);
    Collections.shuffle(shuffled, new Random(seed));
    assertSame(ledger(changes), ledger(shuffled));
  }

  @Property
  void hearingTwiceIsHearingOnce(@ForAll("changes") List<Entry> changes) {
    List<Entry> twice = new ArrayList<>(changes);
    twice.addAll(changes);
    assertSame(ledger(changes), ledger(twice));
  }

  @Property
  void whatTwoNodesHaveHeardMerges(
      @ForAll("changes") List<Entry> ones, @ForAll("changes") List<Entry> others) {
    Ledger one = ledger(ones);
    one.addAll(ledger(others));
    Ledger other = ledger(others);
    other.addAll(ledger(ones));
    List<Entry> all = new ArrayList<>(ones);
    all.addAll(others);
    assertSame(one, other);
    assertSame(ledger(all), one);
  }

  @Property
  void textIsTheWholeLedger(@ForAll("changes") List<Entry> changes) {
    Ledger ledger = ledger(changes);
    Ledger read = new Ledger(LIMIT);
    LedgerText.readInto(read, LedgerText.write(ledger));
    assertSame(ledger, read);
  }
}
