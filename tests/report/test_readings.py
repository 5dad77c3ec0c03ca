"""The table twin of a curve: by hand, and silent where nobody was followed so long."""

from collections.abc import Callable

import pandas as pd

from remission.estimate import kaplan_meier
from remission.estimate.result import Curve
from remission.report import curve_table
from remission.report.readings import free_words


def test_by_hand() -> None:
    # Four participants: event at 10, censored 20, event 30, censored 40.
    # S(10) = 3/4; S(30) = 3/4 * 1/2 = 3/8. At day 25 two are at risk and one event has happened.
    table = pd.DataFrame({"exit": [10, 20, 30, 40], "event": [1, 0, 1, 0]})
    table.attrs = {"definition": "first use after day 0"}
    shown = curve_table(kaplan_meier(table), [25, 35, 60])
    assert list(shown.columns) == ["Day", "Not yet used, % (95 % CI)", "At risk", "Events by then"]
    assert shown["Day"].tolist() == ["25", "35", "60"]
    assert shown["At risk"].tolist() == [2, 1, 0]
    assert shown["Events by then"].tolist() == [1, 2, 2]
    assert shown.iloc[0, 1].startswith("75.0 (")
    assert shown.iloc[1, 1].startswith("37.5 (")
    assert shown.iloc[2, 1] == "— (nobody followed so long)"


def test_a_curve_at_0_stays_told() -> None:
    table = pd.DataFrame({"exit": [10, 20], "event": [1, 1]})
    shown = curve_table(kaplan_meier(table), [50])
    assert shown.iloc[0, 1].startswith("0.0")


def test_no_event_yet_has_no_interval() -> None:
    shown = curve_table(kaplan_meier(pd.DataFrame({"exit": [10, 20], "event": [0, 0]})), [5])
    assert shown.iloc[0, 1] == "100.0 (no interval)"


def test_groups_in_the_order_of_the_study(make_curve: Callable[..., Curve]) -> None:
    shown = curve_table(make_curve(groups=3), [30, 90])
    assert shown["Group"].tolist() == [name for name in ("12-step", "SMART Recovery", "LifeRing") for _ in range(2)]


def test_words_follow_the_outcome(make_curve: Callable[..., Curve]) -> None:
    assert free_words(make_curve()) == "not yet used"
    assert free_words(make_curve(definition="death from any cause")) == "no event yet"
