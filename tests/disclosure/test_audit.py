"""The audit by hand: what a broken rule gives away, percentages, rounding, contradictions."""

import numpy as np
import pytest
from small_tables import SHAPES, WIDE, A, B, people_of

from remission.disclosure import MOST_PEOPLE, Rule, Seen, Table, attacker_bounds, audit, link, needs_of, suppress
from remission.errors import DefinitionError

DIMENSIONS, TABLES = SHAPES["two ways"]
TIED = link(DIMENSIONS, TABLES)
# a1: 4 20 30; a2: 25 40 16
JOINT = [4, 20, 30, 25, 40, 16]
COUNTS = TIED.counts(people_of(DIMENSIONS, JOINT), DIMENSIONS)
SMALL = TIED.place[frozenset({("a", "a1"), ("w", "w1")})]


def test_blanking_the_small_cell_alone_gives_it_away() -> None:
    printed = TIED.planned.copy()
    printed[SMALL] = False
    found = audit(TIED, Seen.of(COUNTS, printed))
    assert [(each.low, each.high) for each in found.recovered] == [(4, 4)]
    assert not found.passed
    assert found.recovered[0].sentence == "a a1, w w1: 4 (less than 11)."


def test_a_small_cell_that_is_printed_fails_the_audit() -> None:
    assert [each.low for each in audit(TIED, Seen.of(COUNTS, TIED.planned)).recovered] == [4]


def test_three_further_cells_protect_it() -> None:
    needs = needs_of(TIED, COUNTS, Rule())
    chosen = suppress(TIED, COUNTS, needs)
    assert chosen.hidden.sum() == 4
    found = audit(TIED, Seen.of(COUNTS, TIED.planned & ~chosen.hidden), 11, needs)
    assert found.passed
    assert (found.hidden, found.cells) == (4, 12)
    assert found.share_hidden == pytest.approx(4 / 12)


def test_a_threshold_one_too_low_fails_the_audit() -> None:
    joint = [10, 20, 30, 25, 40, 16]
    counts = TIED.counts(people_of(DIMENSIONS, joint), DIMENSIONS)
    lax = suppress(TIED, counts, needs_of(TIED, counts, Rule(10)))
    assert not lax.hidden.any()
    assert not audit(TIED, Seen.of(counts, TIED.planned & ~lax.hidden), 11).passed


def test_each_further_cell_is_needed() -> None:
    needs = needs_of(TIED, COUNTS, Rule())
    hidden = suppress(TIED, COUNTS, needs).hidden
    for cell in np.flatnonzero(hidden):
        fewer = hidden.copy()
        fewer[cell] = False
        assert not audit(TIED, Seen.of(COUNTS, TIED.planned & ~fewer), 11, needs).passed


def test_a_printed_percentage_gives_a_count_away() -> None:
    hidden = suppress(TIED, COUNTS, needs_of(TIED, COUNTS, Rule())).hidden
    seen = Seen.of(COUNTS, TIED.planned & ~hidden)
    whole = TIED.place[frozenset({("a", "a1")})]
    # 4 of 54 are 7.4 %: only 4 of 54 round to that.
    share = Seen.share(SMALL, whole, 7.4, 1)
    bounds = attacker_bounds(TIED, Seen(seen.low, seen.high, (share,)))
    assert bounds[SMALL].tolist() == [4, 4]
    # In whole percent 7 means 6.5 to 7.5 %: 3.51 to 4.05 of 54, so 4 again.
    assert not audit(TIED, Seen(seen.low, seen.high, (Seen.share(SMALL, whole, 7, 0),))).passed


def test_a_rounded_count_is_a_range() -> None:
    assert Seen.rounded(5, 5) == (3, 7)
    assert Seen.rounded(0, 5) == (0, 2)
    seen = Seen.of(COUNTS, TIED.planned)
    seen.low[SMALL], seen.high[SMALL] = Seen.rounded(5, 5)
    assert audit(TIED, seen).recovered[0].low == 4


def test_nothing_bounds_a_cell_of_a_table_whose_totals_are_hidden() -> None:
    bounds = attacker_bounds(TIED, Seen.of(COUNTS, np.zeros(len(COUNTS), dtype=bool)))
    assert (bounds[:, 0] == 0).all()
    assert (bounds[:, 1] >= MOST_PEOPLE // 6).all()


def test_a_sum_that_is_wrong_is_said() -> None:
    wrong = COUNTS.copy()
    wrong[TIED.place[frozenset()]] += 1
    with pytest.raises(DefinitionError, match="contradict"):
        attacker_bounds(TIED, Seen.of(wrong, TIED.planned))


def test_a_group_in_which_all_are_alike_is_protected_where_that_is_confidential() -> None:
    counts = TIED.counts(people_of(DIMENSIONS, [40, 0, 0, 25, 40, 16]), DIMENSIONS)
    assert needs_of(TIED, counts, Rule()) == []
    assert needs_of(TIED, counts, Rule(confidential=frozenset({("w", "w2")}))) == []
    needs = needs_of(TIED, counts, Rule(confidential=frozenset({("w", "w1")})))
    assert {tuple(sorted(TIED.cells[need.cell])) for need in needs} == {
        (("a", "a1"), ("w", "w2")),
        (("a", "a1"), ("w", "w3")),
    }
    chosen = suppress(TIED, counts, needs)
    assert audit(TIED, Seen.of(counts, TIED.planned & ~chosen.hidden), 11, needs).passed


def test_what_is_not_declared_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no value 'w9'"):
        link([A, WIDE], [Table(("a", "w"), {"w": ("w9",)})])
    with pytest.raises(DefinitionError, match="does not have"):
        link([A, B], [Table(("a", "w"), {})])
    with pytest.raises(DefinitionError, match="protects nobody"):
        Rule(1)
