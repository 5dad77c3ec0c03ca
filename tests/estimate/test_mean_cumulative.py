"""Mean number of events: by hand, collapse to Nelson–Aalen, invariants, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import mean_cumulative, nelson_aalen


def recurrent(seed: int, people: int = 30) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for who in range(people):
        end, day, rate = int(random.integers(20, 100)), 0, random.gamma(2, 0.02)
        while True:
            following = day + int(np.ceil(random.exponential(1 / rate)))
            rows.append((who, day, min(following, end), int(following <= end)))
            if following >= end:
                break
            day = following
    return pd.DataFrame(rows, columns=["participant_id", "entry", "exit", "event"])


def test_by_hand() -> None:
    # a: events on days 2 and 4, seen to 6; b: event on day 4, seen to 4; c: seen to 5. All three are at risk on days 2
    # and 4: 1/3, then 2/3 more. Beyond expectation, over 3 at risk: a (2 - 1)/3, b (1 - 1)/3 and c (0 - 1)/3 by day 4.
    table = pd.DataFrame(
        {
            "participant_id": ["a", "a", "a", "b", "c"],
            "entry": [0, 2, 4, 0, 0],
            "exit": [2, 4, 6, 4, 5],
            "event": [1, 1, 0, 1, 0],
        }
    )
    curve = mean_cumulative(table)
    tidy = curve.tidy()
    assert tidy["time"].tolist() == [0, 2, 4, 5, 6]
    np.testing.assert_allclose(tidy["estimate"], [0, 1 / 3, 1, 1, 1])
    assert tidy["n_at_risk"].tolist() == [3, 3, 3, 2, 1]
    assert tidy["n_event"].tolist() == [0, 1, 2, 0, 0]
    assert tidy["n_censored"].tolist() == [0, 0, 0, 1, 1]
    # Day 2: a (1 - 1/3)/3, b and c (-1/3)/3: squares sum to (4 + 1 + 1)/81.
    np.testing.assert_allclose(tidy["std_error"].iloc[1:3], [np.sqrt(6) / 9, np.sqrt(2) / 3])
    np.testing.assert_allclose(
        tidy.loc[2, ["conf_low", "conf_high"]].astype(float),
        np.exp(np.array([-1, 1]) * 1.959964 * np.sqrt(2) / 3),
        rtol=1e-6,
    )
    assert (curve.sample.participants, curve.sample.rows, curve.sample.events) == (3, 5, 3)


def test_first_events_alone_are_nelson_aalens() -> None:
    first = recurrent(1).query("entry == 0")
    ours, theirs = mean_cumulative(first, entry=None).tidy(), nelson_aalen(first).tidy()
    for column in ("time", "estimate", "n_at_risk", "n_event", "n_censored"):
        np.testing.assert_allclose(ours[column], theirs[column])


def test_everybody_seen_to_the_end_gives_the_plain_mean() -> None:
    table = recurrent(2)
    rest = table.groupby("participant_id")["exit"].max().reset_index()
    rest = rest.assign(entry=rest["exit"], exit=200, event=0)
    end = mean_cumulative(pd.concat([table, rest], ignore_index=True)).at(200).iloc[0]
    counts = table.groupby("participant_id")["event"].sum()
    assert end["estimate"] == pytest.approx(counts.mean())
    assert end["std_error"] == pytest.approx(counts.std(ddof=0) / np.sqrt(len(counts)))


def test_cut_rows_row_order_and_small_tables_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    table = recurrent(3)
    long = table["exit"] - table["entry"] > 4
    early = table[long].assign(exit=lambda t: t["entry"] + 2, event=0)
    late = table[long].assign(entry=lambda t: t["entry"] + 2)
    cut = pd.concat([table[~long], early, late]).sample(frac=1, random_state=1)
    monkeypatch.setattr("remission.estimate.kernels.mean_count.LARGEST_TABLE", 500)
    ends = sorted(table["exit"].unique())
    one = mean_cumulative(cut).at(ends)
    monkeypatch.undo()
    two = mean_cumulative(table).at(ends)
    pd.testing.assert_frame_equal(one, two, rtol=1e-12)


def test_groups_and_checks() -> None:
    both = pd.concat([recurrent(4).assign(site="a"), recurrent(5).assign(site="b", event=0)], ignore_index=True)
    both["participant_id"] = both["site"] + both["participant_id"].astype(str)
    curve = mean_cumulative(both, by="site")
    assert [check.name for check in curve.checks if not check.passed] == ["events in every group"]
    assert (curve.tidy().query("stratum == 'b'")["estimate"] == 0).all()
    few = mean_cumulative(recurrent(6, people=10))
    assert [check.name for check in few.checks if not check.passed] == ["participants"]


def test_what_is_refused() -> None:
    table = recurrent(7)
    with pytest.raises(NotEstimable, match="No event"):
        mean_cumulative(table.assign(event=0))
    with pytest.raises(DefinitionError, match="overlap"):
        mean_cumulative(table.assign(entry=0))
    with pytest.raises(DefinitionError, match="no quantiles"):
        mean_cumulative(table).quantile(0.5)
    with pytest.raises(DefinitionError, match="conf_type"):
        mean_cumulative(table, conf_type="log-log")
    table = table.assign(attended=1)
    table.attrs["measured_day"] = {"attended": 30}
    with pytest.raises(ImmortalTime, match="attended"):
        mean_cumulative(table, by="attended")
