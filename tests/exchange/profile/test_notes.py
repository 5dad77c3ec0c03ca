from collections.abc import Callable

import pytest

from remission.exchange.profile.missing_words import missing_labels, reasons_in
from remission.exchange.profile.profile import Profile

Made = Callable[..., Profile]


def types_of(profile: Profile, name: str) -> list[str]:
    return [note.type for note in profile.notes if note.variable == name]


@pytest.mark.parametrize(
    ("label", "reasons"),
    [
        ("Refused", ("refused",)),
        ("RF", ("refused",)),
        ("Don't know", ("unknown",)),
        ("DK", ("unknown",)),
        ("N/A", ("not_applicable",)),
        ("Refused/missing", ("refused", "not_recorded")),
        ("keine Angabe", ("not_recorded",)),
        ("weiß nicht", ("unknown",)),
        ("trifft nicht zu", ("not_applicable",)),
        ("No aplica", ("not_applicable",)),
        ("no sabe", ("unknown",)),
        ("No contesta", ("not_recorded",)),
        ("Not asked", ("not_asked",)),
        ("No", ()),
        ("None", ()),
        ("Refused to go to the clinic when it was offered", ()),
        ("Not at all", ()),
        ("Not often", ()),
    ],
)
def test_reasons_are_read_from_labels_in_three_languages(label: str, reasons: tuple[str, ...]) -> None:
    assert reasons_in(label) == reasons


def test_na_beside_aa_is_narcotics_anonymous() -> None:
    assert missing_labels({1.0: "AA", 2.0: "NA", 3.0: "SMART"}) == {}
    assert missing_labels({0.0: "No", 1.0: "Yes", 9.0: "NA"}) == {9.0: ("not_applicable",)}


def test_a_labelled_refusal_that_is_not_declared_is_proposed(made: Made) -> None:
    labels = {0.0: "No", 1.0: "Yes", 8.0: "Don't know", 9.0: "Refused"}
    profile = made({"q": [0, 1, 9, 8, 1, 0]}, value_labels={"q": labels}, missing_ranges={"q": ((8.0, 8.0),)})
    found = [note for note in profile.notes if note.type == "missing not declared"]
    assert [note.proposal for note in found] == ["missing: {9: refused}"]
    assert "(1 rows)" in found[0].text


def test_far_codes_are_asked_and_near_ones_are_not(made: Made) -> None:
    profile = made(
        {"far": [0, 1, 2, 3, 99], "near": [70, 85, 92, 99, 60], "minus": [1, 2, 3, 4, -9], "truly": [-20, -9, 5, 8, 1]}
    )
    asked = {note.variable: note for note in profile.notes if note.type == "likely a missing code"}
    assert set(asked) == {"far", "minus"}
    assert all(note.is_question for note in asked.values())


def test_labels_and_values_are_compared(made: Made) -> None:
    labels = {1.0: "low", 2.0: "middle", 3.0: "middle", 5.0: "high"}
    profile = made({"q": [1, 2, 3, 4, 2]}, value_labels={"q": labels})
    texts = {note.type: note.text for note in profile.notes}
    assert texts["outside labels"] == "value not in the label set: 4 (1)"
    assert texts["labels without values"] == "no row holds 5 high"
    assert texts["one label twice"] == "codes 2, 3 share the label 'middle'"


def test_constant_empty_and_date_like_variables_are_noted(made: Made) -> None:
    profile = made(
        {
            "same": [1, 1, 1],
            "none": [float("nan")] * 3,
            "stamp": [20240131, 20231205, 20220630],
            "written": ["2024-01-31", "2023-12-05", "2022-06-30"],
            "number": [20240199, 20249905, 20220630],
        }
    )
    assert types_of(profile, "same") == ["constant"]
    assert types_of(profile, "none") == ["empty"]
    assert types_of(profile, "stamp") == ["likely a date"]
    assert types_of(profile, "written") == ["likely a date"]
    assert types_of(profile, "number") == []
