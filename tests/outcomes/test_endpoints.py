"""Published endpoints by hand, what they say of themselves, and what they refuse."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.outcomes import endpoint_values, published_endpoint, published_endpoints


def value(name: str, word: str) -> float:
    return float(endpoint_values(name, pd.Series({"a": word}))["value"].iloc[0])


def time(name: str, word: str, unit: str = "weeks") -> tuple[int, int]:
    found = endpoint_values(name, pd.Series({"a": word}), unit=unit)
    return int(found["exit"].iloc[0]), int(found["event"].iloc[0])


@pytest.mark.parametrize("name", published_endpoints())
def test_a_definition_is_complete(name: str) -> None:
    endpoint = published_endpoint(name)
    assert endpoint.name == name
    assert endpoint.version
    assert "doi:" in endpoint.reference
    assert endpoint.rule.endswith(".")
    assert "issed visit" in endpoint.sentence
    assert f"Urine was due {endpoint.schedule} " in endpoint.sentence
    assert endpoint.kind in ("abstinence", "relapse", "return to use", "dropout", "reduction")
    assert not endpoint.conditions or not endpoint.is_time


def test_there_is_a_definition_of_every_kind() -> None:
    assert len(published_endpoints()) == 54
    assert len({published_endpoint(name).kind for name in published_endpoints()}) == 5


@pytest.mark.parametrize(
    ("name", "word", "expected"),
    [
        ("ctn0094_relapse", "--+o*+-----", (3, 1)),  # + o * + from week 3: all count as use
        ("ctn0094_relapse", "--+o*------", (8, 0)),  # 11 - 4 + 1
        ("ctn0094_dropout", "--oooo----", (3, 1)),
        ("schottenfeld_2008_relapse", "-+++---", (2, 1)),
        ("lee_2016_relapse", "-+-+----", (3, 1)),  # weeks 1 to 4 hold two: 1 + 4 - 2
        ("ctn0051_relapse", "+++++++---", (3, 1)),  # from week 3 on
        ("mokri_2016_first_use", "---o----", (4, 1)),
        ("shufman_1994_first_use", "---o--*-", (7, 1)),  # a missed visit is no use here
        ("shufman_1994_first_use", "---o----", (8, 0)),
    ],
)
def test_times_by_hand(name: str, word: str, expected: tuple[int, int]) -> None:
    assert time(name, word) == expected
    assert time(name, word, unit="days") == (7 * expected[0], expected[1])


@pytest.mark.parametrize(
    ("name", "word", "expected"),
    [
        ("fiellin_2006_weeks_abstinent", "--+o*-", 3),
        ("kosten_1993_three_weeks", "--o-", 0),
        ("schottenfeld_2005_longest_abstinence", "--o-+", 3),
        ("schottenfeld_2008_longest_abstinence", "--o-+", 2),
        ("ctn0030_successful_outcome", "+++--o-", 1),
        ("ctn0030_successful_outcome", "+++-oo-", 0),
        ("johnson_1992_failed", "+++-+-+-", 0),
        ("johnson_1992_failed", "-----+o-", 1),
        ("fudala_2003_free_share", "-o*+", 0.5),  # (1 + 0.5) / 3 attended
        ("pani_2000_effectiveness", "-o*+", 0.375),  # (1 + 0.5) / 4 scheduled
        ("pani_2000_effectiveness", "-o*+_", 0.375),  # the fifth week was not scheduled
        ("strain_1994_free_share", "-o*+", 0.625),  # (1 + 1 + 0.5) / 4
        ("mattick_2003_clean_urines", "-+-ooo", 2 / 3),  # seen to week 3
        ("jaffe_1972_free_share", "---o--+-", 7 / 8),  # the missed week gets the mode
        ("jaffe_1972_free_share", "-------o", 0),  # last seen in week 7
        ("soyka_2008_free_share", "ooo", 1),
        ("wolstein_2009_free_share", "ooo", 0),
        ("eissenberg_1997_month_abstinent", "--o-+++++++++++", 1),
        ("eissenberg_1997_month_abstinent", "--oo-++++++++++", 0),
        ("eissenberg_1997_month_abstinent", "----++++++++++o", 0),  # last seen in week 14
        ("ling_1976_index", "-" * 15, 120),
        ("ling_1976_index", "+" * 15, 0),
        ("ling_1976_index", "---" + "o" * 12, 0),  # last seen in week 3
        # One positive in the last three weeks weighs 5 of 3 x (1 + 2 + 3 + 4 + 5).
        ("ling_1976_index", "-" * 14 + "+", 120 * (1 - 5 / 45)),
    ],
)
def test_values_by_hand(name: str, word: str, expected: float) -> None:
    assert value(name, word) == pytest.approx(expected, abs=1e-12)


def test_a_word_without_any_scheduled_week_has_no_share() -> None:
    assert np.isnan(value("pani_2000_effectiveness", "____"))


def test_the_result_carries_its_definition_and_its_participants() -> None:
    found = endpoint_values("ctn0094_relapse", pd.Series({"b": "++++", "a": "----"}))
    assert found["participant_id"].tolist() == ["b", "a"]
    assert found.attrs["definition"].startswith("ctn0094_relapse (version 1): The first of four weeks")


def test_what_cannot_be_is_refused() -> None:
    word = pd.Series({"a": "--"})
    with pytest.raises(DefinitionError, match=r"no published endpoint 'relapse'.*ctn0094_relapse"):
        published_endpoint("relapse")
    with pytest.raises(DefinitionError, match="no unit"):
        endpoint_values("ctn0094_relapse", word, unit="months")
    with pytest.raises(DefinitionError, match="Participant a has two"):
        endpoint_values("ctn0094_relapse", pd.concat([word, word]))
    with pytest.raises(DefinitionError, match="participant a has the mark '0'"):
        endpoint_values("fiellin_2006_weeks_abstinent", pd.Series({"a": "-0-"}))
