from collections.abc import Callable
from typing import Any

import numpy as np

from remission.exchange.profile import match_instruments
from remission.exchange.profile.profile import Profile
from remission.survey.library import instrument

Made = Callable[..., Profile]
CODES = {0.0: "none", 1.0: "some", 2.0: "more", 3.0: "most"}
REVERSED = (3, 7, 11, 15)


def ces_d(rows: int = 40, reverse: bool = True) -> dict[str, list[Any]]:
    rng = np.random.default_rng(7)
    items = {f"F1{chr(65 + n)}": rng.integers(0, 4, rows).astype(float) for n in range(20)}
    columns = list(items.values())
    total = sum(3 - cells if reverse and n in REVERSED else cells for n, cells in enumerate(columns))
    return {name: list(cells) for name, cells in items.items()} | {"CES_D": list(np.asarray(total))}


def test_a_stored_total_that_agrees_makes_the_items_sure(made: Made) -> None:
    columns = ces_d()
    profile = made({"pid": list(range(40)), **columns}, value_labels=dict.fromkeys(list(columns)[:20], CODES))
    (match,) = match_instruments(profile)
    assert match.instrument.name == "ces_d"
    assert [question.name for question in match.items.values()][:2] == ["F1A", "F1B"]
    assert "their score equals CES_D in 40 of 40 rows" in match.evidence
    assert match.doubts == ()


def test_items_that_were_reversed_already_are_not_sure(made: Made) -> None:
    columns = ces_d(reverse=False)
    profile = made({"pid": list(range(40)), **columns}, value_labels=dict.fromkeys(list(columns)[:20], CODES))
    (match,) = match_instruments(profile)
    assert any("of 40 rows" in doubt for doubt in match.doubts)
    assert any("reversed" in doubt for doubt in match.doubts)


def test_named_items_with_declared_codes_are_sure_and_unlabelled_ones_are_not(made: Made) -> None:
    names = [f"gad7_{n}" for n in range(1, 8)]
    columns: dict[str, list[Any]] = {"pid": [1, 2, 3, 4]} | {name: [0, 1, 2, 3] for name in names}
    (sure,) = match_instruments(made(columns, value_labels=dict.fromkeys(names, CODES)))
    (unsure,) = match_instruments(made(columns))
    assert (sure.instrument.name, sure.doubts) == ("gad7", ())
    assert unsure.doubts == ("the codes have no labels, so it is not known what they mean",)


def test_three_items_of_audit_are_auditc_and_ten_are_audit(made: Made) -> None:
    for count, name in ((3, "auditc"), (10, "audit")):
        columns = {"pid": [1, 2, 3]} | {f"{name}_q{n}": [0, 2, 4] for n in range(1, count + 1)}
        (match,) = match_instruments(made(columns))
        assert match.instrument.name == name


def test_other_codes_or_another_number_of_items_are_no_match(made: Made) -> None:
    wrong_codes = {"pid": [1, 2, 3]} | {f"gad7_{n}": [1, 2, 4] for n in range(1, 8)}
    too_few = {"pid": [1, 2, 3]} | {f"gad7_{n}": [0, 1, 2] for n in range(1, 7)}
    unnamed = {"pid": [1, 2, 3]} | {f"q{n}": [0, 1, 3] for n in range(1, 8)}
    for columns in (wrong_codes, too_few, unnamed):
        assert match_instruments(made(columns)) == []


def test_the_first_nine_of_phq9_are_its_scored_items(made: Made) -> None:
    assert len(instrument("phq9").items) == 10
    columns = {"pid": [1, 2, 3]} | {f"phq9_{n}": [0, 1, 3] for n in range(1, 10)}
    (match,) = match_instruments(made(columns))
    assert list(match.items) == [f"item{n}" for n in range(1, 10)]
