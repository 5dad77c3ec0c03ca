"""Two releases: what their difference would tell."""

import numpy as np
import pandas as pd
from small_tables import SHAPES, WIDE, A, B, people_of

from remission.disclosure import (
    Earlier,
    Rule,
    Seen,
    Table,
    attacker_bounds,
    audit,
    compared,
    joined,
    link,
    needs_of,
    suppress,
)

DIMENSIONS, TABLES = SHAPES["two ways"]
TIED = link(DIMENSIONS, TABLES)


def cohort(size: int) -> pd.DataFrame:
    places = np.arange(size)
    a = np.where(places % 2 == 0, "a1", "a2")
    w = np.choose(places // 2 % 3, ["w1", "w2", "w3"])
    return pd.DataFrame({"a": a, "w": w}, index=[f"h{place}" for place in places], dtype=object)


def first_of(people: pd.DataFrame) -> Earlier:
    counts = TIED.counts(people, DIMENSIONS)
    return Earlier(1, people, DIMENSIONS, TABLES, {key: int(counts[place]) for key, place in TIED.place.items()})


def second_of(people: pd.DataFrame, past: Earlier) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and what may be printed of a second release."""
    counts = TIED.counts(people, DIMENSIONS)
    needs, known = compared(TIED, people, DIMENSIONS, [past])
    needs = [*[need for need in needs_of(TIED, counts, Rule()) if need.cell not in known], *needs]
    chosen = suppress(TIED, counts, needs, known)
    printed = TIED.planned & ~chosen.hidden
    assert audit(TIED, Seen.of(counts, printed), 11, needs).passed
    return counts, printed


def test_one_participant_more_shows_in_no_cell() -> None:
    past = first_of(cohort(120))
    counts, printed = second_of(cohort(121), past)
    added = [place for key, place in TIED.place.items() if counts[place] != past.told[key]]
    assert len(added) == 4
    assert not printed[added].any()
    bounds = attacker_bounds(TIED, Seen.of(counts, printed))
    for key, place in TIED.place.items():
        if place in added:
            assert bounds[place, 0] <= past.told[key]
            assert bounds[place, 1] >= past.told[key] + 11


def test_one_who_moved_shows_in_no_cell() -> None:
    moved = cohort(120)
    moved.loc["h0", "w"] = "w2"
    past = first_of(cohort(120))
    counts, printed = second_of(moved, past)
    changed = [place for key, place in TIED.place.items() if counts[place] != past.told[key]]
    assert changed
    assert not printed[changed].any()


def test_as_many_came_as_went_and_still_nothing_shows() -> None:
    past = first_of(cohort(120))
    swapped = cohort(121).drop(index="h0")
    counts, printed = second_of(swapped, past)
    everybody = TIED.place[frozenset()]
    assert counts[everybody] == past.told[frozenset()]
    assert not printed[everybody]


def test_the_same_people_again_are_shown_again() -> None:
    past = first_of(cohort(120))
    _, printed = second_of(cohort(120), past)
    assert printed[TIED.planned].all()


def test_eleven_more_in_every_cell_may_be_shown() -> None:
    past = first_of(cohort(120))
    _, printed = second_of(cohort(120 + 66), past)
    assert printed[TIED.planned].all()


def test_a_line_of_another_name_that_holds_an_old_one_is_compared_too() -> None:
    everybody = cohort(120)
    past = Earlier(1, everybody.iloc[:-1], DIMENSIONS, TABLES, {frozenset({("a", "a2")}): 59})
    needs, known = compared(TIED, everybody, (A, WIDE), [past])
    assert [(TIED.cells[need.cell], need.low, need.high) for need in needs] == [(frozenset({("a", "a2")}), 59, 70)]
    assert known == set()


def test_a_margin_that_another_table_would_print_stays_hidden_where_it_completes_an_old_sum() -> None:
    # Of a by w everything was told but 4 people (a1, w1) and the sums that they are in.
    people = people_of((A, WIDE), [4, 20, 30, 25, 40, 16])
    people = people.set_axis([f"h{number}" for number in range(len(people))], axis=0)
    people["b"] = ["b1" if number % 2 else "b2" for number in range(len(people))]
    counts = TIED.counts(people, DIMENSIONS)
    untold = [{("a", "a1"), ("w", "w1")}, {("a", "a1")}, {("w", "w1")}, set()]
    told = {key: int(counts[place]) for key, place in TIED.place.items() if set(key) not in untold}
    past = Earlier(1, people, DIMENSIONS, TABLES, told)
    other = (B, WIDE)
    tables = link(other, [Table(("b", "w"), {})])
    own = tables.counts(people, other)
    _, known = compared(tables, people, other, [past])
    both = joined(tables, people, other, [past], Rule())
    alone = suppress(tables, own, needs_of(tables, own, Rule()), known)
    w1 = tables.place[frozenset({("w", "w1")})]
    assert not alone.hidden.any()
    everything = [*needs_of(tables, own, Rule()), *both.needs]
    chosen = suppress(both.tables, both.counts, everything, known | both.told)
    assert chosen.hidden[w1]
    printed = np.zeros(len(both.counts), dtype=bool)
    printed[: len(own)] = tables.planned & ~chosen.hidden[: len(own)]
    printed[list(both.told)] = True
    assert audit(both.tables, Seen.of(both.counts, printed), 11, everything).passed
    printed[w1] = True
    assert not audit(both.tables, Seen.of(both.counts, printed), 11, everything).passed
