"""Where sources on use cannot all be right."""

from typing import Any

import numpy as np
import pandas as pd

from remission.outcomes.timeline import TIMELINE

CONTRADICTIONS = ("participant_id", "kind", "day", "days", "source", "other_source", "sentence")
SPAN = ["participant_id", "substance", "state", "source"]


def contradictions(timeline: pd.DataFrame, sobriety_dates: pd.DataFrame | None = None) -> pd.DataFrame:
    """List what cannot all be true of a participant; nothing is decided here.

    Parameters
    ----------
    timeline : pandas.DataFrame
        As from ``timeline``.
    sobriety_dates : pandas.DataFrame, optional
        ``participant_id reported_day substance since_day``.

    Returns
    -------
    pandas.DataFrame
        One row is a contradiction: ``participant_id kind day days source other_source sentence``, ``day`` the first
        of the ``days`` concerned. Kinds: ``used and free`` (days told used by one and free by another),
        ``too few days left`` (more days of use told than are not told free), ``more days used`` (more days are told
        used, one by one, than the count allows), ``sobriety date later`` and ``sobriety date earlier`` (it moved
        between two reports).

    Notes
    -----
    Free of any substance contradicts use of every one; free of one contradicts use of that one alone.
    """
    runs = _runs(TIMELINE.check(timeline))
    found = [_used_and_free(runs), _counts(runs)]
    if sobriety_dates is not None:
        found.append(_moved(sobriety_dates))
    filled = [one for one in found if not one.empty]
    whole = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(CONTRADICTIONS))
    return whole.sort_values(["participant_id", "day", "kind"], kind="stable", ignore_index=True)


def _runs(timeline: pd.DataFrame) -> pd.DataFrame:
    """Join days that follow one another in one source's words."""
    exact = timeline[timeline["state"] != "some"].sort_values([*SPAN, "start_day", "end_day"])
    same = exact.groupby(SPAN, sort=False)
    reached = same["end_day"].cummax().groupby([exact[name] for name in SPAN], sort=False).shift()
    starts = ~(exact["start_day"] <= reached + 1)
    runs = exact.groupby([*[exact[name] for name in SPAN], starts.cumsum().rename("run")], sort=False)
    joined = runs.agg(start_day=("start_day", "min"), end_day=("end_day", "max")).reset_index().drop(columns="run")
    counted = timeline.loc[timeline["state"] == "some", [*SPAN, "start_day", "end_day", "days_used"]]
    return pd.concat([joined.assign(days_used=np.nan), counted], ignore_index=True) if len(counted) else joined


def _against(first: pd.DataFrame, second: pd.DataFrame, wider: str = "second") -> pd.DataFrame:
    """Pair spans of a participant that share days and are about the same substance, or one of them about any."""
    both = first.merge(second, on="participant_id", suffixes=("", "_other"))
    low = both[["start_day", "start_day_other"]].max(axis=1)
    high = both[["end_day", "end_day_other"]].min(axis=1)
    every = both["substance_other" if wider == "second" else "substance"] == "any"
    about = (both["substance"] == both["substance_other"]) | every
    return both.assign(low=low, high=high)[about & (low <= high)]


def _used_and_free(runs: pd.DataFrame) -> pd.DataFrame:
    pairs = _against(runs[runs["state"] == "used"], runs[runs["state"] == "abstinent"])
    days = pairs["high"] - pairs["low"] + 1
    said = [
        f"'{row.source}' tells of use of {row.substance} on {_days(row.low, row.high)}, which "
        f"'{row.source_other}' tells free of use."
        for row in pairs.itertuples()
    ]
    return _shaped(pairs, "used and free", pairs["low"], days, pairs["source_other"], said)


def _counts(runs: pd.DataFrame) -> pd.DataFrame:
    told = runs[runs["state"] == "some"].reset_index(drop=True)
    if told.empty:
        return pd.DataFrame(columns=list(CONTRADICTIONS))
    told = told.assign(row=told.index, days_told=told["days_used"].fillna(1.0))
    free = _days_within(told, runs[runs["state"] == "abstinent"], "second")
    length = told["end_day"] - told["start_day"] + 1
    few = told[length - free["days"] < told["days_told"]]
    left = (length - free["days"])[few.index]
    too_few = [
        f"'{row.source}' tells of use of {row.substance} on {row.days_told:g} or more of "
        f"{_days(row.start_day, row.end_day)}; others tell all but {n:g} of them free of use."
        for row, n in zip(few.itertuples(), left, strict=True)
    ]
    used = _days_within(told, runs[runs["state"] == "used"], "first")
    many = told[used["days"] > told["days_used"]]
    number = used["days"][many.index]
    more = [
        f"'{row.source}' tells of use on {row.days_used:g} of {_days(row.start_day, row.end_day)}, and day by day "
        f"there are {n:g}."
        for row, n in zip(many.itertuples(), number, strict=True)
    ]
    return pd.concat(
        [
            _shaped(few, "too few days left", few["start_day"], left, free["sources"][few.index], too_few),
            _shaped(many, "more days used", many["start_day"], number, used["sources"][many.index], more),
        ],
        ignore_index=True,
    )


def _days_within(told: pd.DataFrame, spans: pd.DataFrame, wider: str) -> pd.DataFrame:
    """Count the days of each told span that other spans cover, doubles once, and name their sources."""
    pairs = _against(told, spans, wider).sort_values(["row", "low"])
    reached = pairs.groupby("row")["high"].cummax().groupby(pairs["row"]).shift()
    fresh = (pairs["high"] - np.fmax(pairs["low"], reached + 1) + 1).clip(lower=0)
    days = fresh.groupby(pairs["row"]).sum().reindex(told.index, fill_value=0.0)
    sources = pairs.groupby("row")["source_other"].agg(lambda names: ", ".join(sorted(set(names))))
    return pd.DataFrame({"days": days, "sources": sources.reindex(told.index, fill_value="")})


def _moved(dates: pd.DataFrame) -> pd.DataFrame:
    ordered = dates.sort_values(["participant_id", "substance", "reported_day"])
    before = ordered.groupby(["participant_id", "substance"])[["reported_day", "since_day"]].shift()
    ordered = ordered.assign(told_before=before["reported_day"], since_before=before["since_day"])
    pieces = []
    for kind, rows in (
        ("sobriety date later", ordered[ordered["since_day"] > ordered["since_before"]]),
        ("sobriety date earlier", ordered[ordered["since_day"] < ordered["since_before"]]),
    ):
        said = [_move(row) for row in rows.to_dict("records")]
        span = rows.assign(source="sobriety date")
        days = (rows["since_day"] - rows["since_before"]).abs()
        pieces.append(_shaped(span, kind, rows["since_day"], days, span["source"], said))
    return pd.concat(pieces, ignore_index=True)


def _move(row: dict[Any, Any]) -> str:
    told, since, earlier, was = (row[name] for name in ("reported_day", "since_day", "told_before", "since_before"))
    moved = f"The sobriety date told on day {told:g} is day {since:g}; on day {earlier:g} it was day {was:g}"
    if since > was:
        inside = "which had been told free" if since - 1 <= earlier else "after what was told before"
        return f"{moved}. It implies use on day {since - 1:g}, {inside}."
    return f"{moved}, which implied use on day {was - 1:g}."


def _shaped(
    rows: pd.DataFrame, kind: str, day: pd.Series, days: pd.Series, other: pd.Series, said: list[str]
) -> pd.DataFrame:
    values: dict[str, Any] = {"kind": kind, "day": day, "days": days, "other_source": other, "sentence": said}
    return rows.assign(**values).loc[:, list(CONTRADICTIONS)]


def _days(first: Any, last: Any) -> str:
    return f"day {first:g}" if first == last else f"days {first:g} to {last:g}"
