"""Episodes of use that come again, and the time at risk between them."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.outcomes.spans import about, known_from_day_0, require_sound, since_day_0
from remission.outcomes.timeline import TIMELINE

COLUMNS = ("participant_id", "entry", "exit", "event", "episode")


def use_episodes(timeline: pd.DataFrame, substance: str = "any", apart: int = 30) -> pd.DataFrame:
    """Cut the time that is known without a gap into stretches at risk of the next episode of use.

    An episode starts on a day of use and goes on until so many days in a row are told free of use; only then is
    somebody at risk of the next.

    Parameters
    ----------
    timeline : pandas.DataFrame
        As from ``timeline``; where days are told both free and used, use counts. Spans of which nobody knows which days
        were used are left out, and with them what follows.
    substance : str
    apart : int
        Days free of use that end an episode.

    Returns
    -------
    pandas.DataFrame
        One row is a stretch of days at risk: ``participant_id entry exit event episode``, ``episode`` counted from 1.
        For ``mean_cumulative`` and, by ``cox`` with ``cluster="participant_id"``, Andersen and Gill's model;
        ``strata=["episode"]`` is that of Prentice, Williams and Peterson. ``attrs["left_out"]`` counts who is not known
        from day 0 on.

    Raises
    ------
    DefinitionError
        ``apart`` is below one day.
    """
    if apart < 1:
        raise DefinitionError(f"Episodes {apart} days apart are none.", "Name at least one day.")
    spans = about(TIMELINE.check(timeline), substance)
    require_sound(spans)
    exact = since_day_0(spans[spans["state"] != "some"])
    end = known_from_day_0(exact).astype(float)
    used = exact[exact["state"] == "used"].sort_values(["participant_id", "start_day"], kind="stable")
    used = used[used["start_day"] <= used["participant_id"].map(end).fillna(-1)]
    until = end.to_dict()
    pieces = [_stretches(str(who), *days, float(until[who]), apart) for who, days in _days_by_person(used, end).items()]
    rows = [row for piece in pieces for row in piece]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    found.attrs["left_out"] = (
        ("nothing exact was told of day 0", int(timeline["participant_id"].nunique() - len(end))),
    )
    return found


def _days_by_person(used: pd.DataFrame, end: pd.Series) -> dict[object, tuple[np.ndarray, np.ndarray]]:
    """Return first and last days of each person's spans of use, empty for those without any."""
    nothing = np.zeros(0)
    held: dict[object, tuple[np.ndarray, np.ndarray]] = dict.fromkeys(end.index, (nothing, nothing))
    for who, rows in used.groupby("participant_id", sort=False):
        last = np.minimum(rows["end_day"].to_numpy(dtype=float), float(end[who]))
        held[who] = rows["start_day"].to_numpy(dtype=float), np.maximum.accumulate(last)
    return held


def _stretches(
    who: str, starts: np.ndarray, lasts: np.ndarray, end: float, apart: int
) -> list[tuple[str, float, float, int, int]]:
    rows, entry, episode, last_use = [], 0.0, 1, -np.inf
    for start, last in zip(starts, lasts, strict=True):
        if start - last_use > apart:
            rows.append((who, entry, start, 1, episode))
            episode += 1
        last_use = max(last_use, last)
        # At risk again once the last day of use lies so many free days back.
        entry = last_use + apart
    if end > entry or not rows:
        rows.append((who, entry, end, 0, episode))
    return rows
