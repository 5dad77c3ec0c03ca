"""Codes and terms in words a reader knows."""

from pathlib import Path

import pytest

from remission.cohort import create_study
from remission.report.names import PLAIN, Names, names_of


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("C(group)[T.smart]", "mutual-help group: SMART Recovery"),
        ("group[T.smart]", "mutual-help group: SMART Recovery"),
        ("months:C(group)[T.none]", "months since day 0 × mutual-help group: no group"),
        ("C(sex)[T.female: other]", "sex: female: other"),
        ("Intercept", "intercept"),
        ("days_used", "days used"),
    ],
)
def test_terms(term: str, words: str) -> None:
    assert PLAIN.term(term) == words


def test_strata_come_in_the_order_of_the_study() -> None:
    assert list(PLAIN.strata("group", ["none", "lifering", "twelve_step"]).values()) == [
        "12-step",
        "LifeRing",
        "no group",
    ]


def test_bare_codes() -> None:
    assert PLAIN.strata("attended", ["0", "1"]) == {"0": "attended: no", "1": "attended: yes"}
    assert PLAIN.strata("children", ["0", "2"]) == {"0": "children: 0", "2": "children: 2"}
    assert PLAIN.strata("arm", ["new_care"]) == {"new_care": "new care"}
    assert PLAIN.strata("", ["all"]) == {"all": "all participants"}


def test_names_of_a_study(tmp_path: Path) -> None:
    names = names_of(create_study(tmp_path / "study", "engagement").protocol)
    assert names.variable("identity") == "Recovery identity (1 to 7)"
    assert names.term("C(sex)[T.female]") == "Sex: female"
    levels = names.strata("engagement_level", ["engaged", "none", "some"])
    assert list(levels) == ["none", "some", "engaged"]
    assert {"age", "sex"} <= names.given
    assert "involvement" not in names.given


def test_a_study_without_labels_still_reads() -> None:
    assert Names(values={}).strata("group", ["twelve_step"]) == {"twelve_step": "twelve step"}
