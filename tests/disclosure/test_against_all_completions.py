"""Bounds, audit and suppression held against all populations that a release leaves possible, counted out one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tables import SHAPES, completions, people_of

from remission.disclosure import Rule, Seen, attacker_bounds, audit, link, needs_of, suppress
from remission.errors import NotEstimable

THRESHOLD = 3
MOST = 11


@st.composite
def drawn(draw: st.DrawFn) -> tuple[str, list[int]]:
    shape = draw(st.sampled_from(sorted(SHAPES)))
    dimensions, _ = SHAPES[shape]
    cells = int(np.prod([len(each.leaves) for each in dimensions]))
    total = draw(st.integers(1, MOST if cells < 8 else 9))
    where = draw(st.lists(st.integers(0, cells - 1), min_size=total, max_size=total))
    return shape, np.bincount(where, minlength=cells).tolist()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(drawn(), st.data())
def test_bounds_are_exactly_those_of_all_completions(table: tuple[str, list[int]], data: st.DataObject) -> None:
    dimensions, shown = SHAPES[table[0]]
    tables = link(dimensions, shown)
    counts = tables.counts(people_of(dimensions, table[1]), dimensions)
    hidden = data.draw(st.lists(st.booleans(), min_size=len(counts), max_size=len(counts)))
    printed = tables.planned & ~np.array(hidden)
    printed[tables.place[frozenset()]] = True
    everything = completions(tables, dimensions, counts, printed, sum(table[1]))
    bounds = attacker_bounds(tables, Seen.of(counts, printed))
    assert bounds[:, 0].tolist() == everything.min(axis=0).tolist()
    assert bounds[:, 1].tolist() == everything.max(axis=0).tolist()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(drawn())
def test_what_is_suppressed_cannot_be_pinned_by_any_completion(table: tuple[str, list[int]]) -> None:
    dimensions, shown = SHAPES[table[0]]
    tables = link(dimensions, shown)
    counts = tables.counts(people_of(dimensions, table[1]), dimensions)
    needs = needs_of(tables, counts, Rule(THRESHOLD))
    hidden = suppress(tables, counts, needs).hidden
    printed = tables.planned & ~hidden
    assert audit(tables, Seen.of(counts, printed), THRESHOLD, needs).passed
    if not printed[tables.place[frozenset()]]:
        return
    everything = completions(tables, dimensions, counts, printed, sum(table[1]))
    lowest, highest = everything.min(axis=0), everything.max(axis=0)
    for need in needs:
        assert lowest[need.cell] == 0
        assert highest[need.cell] >= THRESHOLD
    assert not ((lowest >= 1) & (highest < THRESHOLD)).any()


@pytest.mark.parametrize("shape", ["two ways", "linked by a margin", "round in a circle"])
def test_no_smaller_choice_of_cells_would_do(shape: str) -> None:
    dimensions, shown = SHAPES[shape]
    tables = link(dimensions, shown)
    generator = np.random.default_rng(4)
    for _ in range(6):
        joint = generator.poisson(1.5, int(np.prod([len(each.leaves) for each in dimensions])))
        counts = tables.counts(people_of(dimensions, joint.tolist()), dimensions)
        needs = needs_of(tables, counts, Rule(THRESHOLD))
        found = suppress(tables, counts, needs)
        for cell in np.flatnonzero(found.hidden & ~found.primary):
            fewer = found.hidden.copy()
            fewer[cell] = False
            printed = tables.planned & ~fewer
            assert not audit(tables, Seen.of(counts, printed), THRESHOLD, needs).passed


def test_what_an_earlier_release_told_is_not_hidden_in_vain() -> None:
    dimensions, shown = SHAPES["two ways"]
    tables = link(dimensions, shown)
    counts = tables.counts(people_of(dimensions, [1, 5, 5, 5, 5, 5]), dimensions)
    needs = needs_of(tables, counts, Rule(THRESHOLD))
    place = tables.place
    known = [place[frozenset({("w", name)})] for name in ("w1", "w2", "w3")] + [place[frozenset()]]
    found = suppress(tables, counts, needs, known)
    assert not found.hidden[known].any()
    everything = range(len(counts))
    with pytest.raises(NotEstimable, match="earlier release"):
        suppress(tables, counts, needs, everything)
