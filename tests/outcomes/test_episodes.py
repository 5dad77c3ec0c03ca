"""Episodes of use that come again, worked out by hand."""

import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.estimate import cox, mean_cumulative
from remission.outcomes import timeline, use_episodes
from remission.outcomes.timeline import COLUMNS


def told(*rows: tuple[str, int, int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["participant_id", "start_day", "end_day", "state"])
    frame = frame.assign(substance="any", source="x", days_used=None, quantity=None, told_on=None)
    return timeline([frame[list(COLUMNS)].astype({"days_used": float, "quantity": float, "told_on": float})])


def rows(frame: pd.DataFrame, who: str) -> list[tuple[float, float, int, int]]:
    mine = frame[frame["participant_id"] == who]
    return [tuple(row) for row in mine[["entry", "exit", "event", "episode"]].to_numpy().tolist()]


def test_an_episode_ends_after_days_free_and_only_then_the_next_may_come() -> None:
    found = use_episodes(
        told(
            ("a", 0, 200, "abstinent"), ("a", 20, 22, "used"), ("a", 40, 40, "used"), ("a", 100, 100, "used"),
            ("b", 0, 90, "abstinent"),
            ("c", 0, 0, "used"), ("c", 1, 60, "abstinent"),
            ("d", 0, 10, "abstinent"), ("d", 11, 20, "used"),
            ("e", 5, 50, "abstinent"),
        )
    )  # fmt: skip
    # Use on day 40 is of the first episode, which ends on day 70; the second starts on day 100 and ends on day 130.
    assert rows(found, "a") == [(0, 20, 1, 1), (70, 100, 1, 2), (130, 200, 0, 3)]
    assert rows(found, "b") == [(0, 90, 0, 1)]
    assert rows(found, "c") == [(0, 0, 1, 1), (30, 60, 0, 2)]
    # Used to the end of what is known: never at risk again.
    assert rows(found, "d") == [(0, 11, 1, 1)]
    assert rows(found, "e") == []
    assert found.attrs["left_out"] == (("nothing exact was told of day 0", 1),)


def test_exactly_so_many_free_days_are_enough() -> None:
    spans = told(("a", 0, 100, "abstinent"), ("a", 10, 10, "used"), ("a", 41, 41, "used"))
    # Days 11 to 40 are thirty free days.
    assert rows(use_episodes(spans), "a")[:2] == [(0, 10, 1, 1), (40, 41, 1, 2)]
    assert len(rows(use_episodes(spans, apart=31), "a")) == 2
    with pytest.raises(DefinitionError, match="at least one day"):
        use_episodes(spans, apart=0)


def test_the_table_goes_into_models_of_recurrent_events() -> None:
    many = told(
        *((f"p{i}", 0, 300, "abstinent") for i in range(40)),
        *((f"p{i}", 10 + i, 10 + i, "used") for i in range(0, 40, 2)),
        *((f"p{i}", 120 + 3 * i, 120 + 3 * i, "used") for i in range(0, 40, 3)),
    )
    table = use_episodes(many).assign(x=lambda t: t["participant_id"].str[1:].astype(int) % 5)
    fit = cox("Event(entry, exit, event) ~ x", table, cluster="participant_id")
    assert fit.sample.events == 20 + 14
    # Each episode adds one over the number then at risk, who are fewer than forty: some are in an episode.
    events = table[table["event"] == 1]
    at_risk = [((table["entry"] < day) & (table["exit"] >= day)).sum() for day in events["exit"]]
    assert min(at_risk) < 40
    assert mean_cumulative(table).at(300)["estimate"].iloc[0] == pytest.approx(sum(1 / n for n in at_risk))
