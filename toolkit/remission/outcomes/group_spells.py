"""Spells with mutual-help groups laid end to end: the main group, how many at a time, changes so far."""

import numpy as np
import pandas as pd

COLUMNS = ("participant_id", "start_day", "end_day", "primary", "number", "switches")
NO_GROUP = "none"


def group_spells(affiliations: pd.DataFrame, no_group: str = NO_GROUP) -> pd.DataFrame:
    """Turn affiliations, which may overlap, into spells in which nothing changes.

    Parameters
    ----------
    affiliations : pandas.DataFrame
        One row is a spell with one group: ``participant_id group_name start_day end_day is_primary``; ``end_day`` is
        the last day with the group, missing while it lasts.
    no_group : str
        The code that stands for belonging to no group; it is nobody's second group.

    Returns
    -------
    pandas.DataFrame
        One row is a participant's spell: ``participant_id start_day end_day primary number switches``. ``primary`` is
        the main group, the one begun last where two are; missing between spells, since no entry is not "no group".
        ``number`` counts groups at a time, ``switches`` changes from one known main group to another so far.
    """
    if affiliations.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
    held = affiliations.assign(
        start=affiliations["start_day"].astype(float), stop=affiliations["end_day"].astype(float).fillna(np.inf)
    )
    marks = pd.concat([held[["participant_id", "start"]], _after(held)], ignore_index=True).drop_duplicates()
    cuts = marks.sort_values(["participant_id", "start"], ignore_index=True)
    following = cuts.groupby("participant_id")["start"].shift(-1) - 1
    pieces = cuts.assign(piece=cuts.index, last=following.fillna(np.inf)).rename(columns={"start": "first"})
    both = pieces.merge(held, on="participant_id")
    inside = both[(both["start"] <= both["first"]) & (both["stop"] >= both["first"])]
    main = inside[inside["is_primary"].astype(bool)].sort_values("start").groupby("piece")["group_name"].last()
    number = inside[inside["group_name"] != no_group].groupby("piece")["group_name"].nunique()
    spells = pd.DataFrame(
        {
            "participant_id": pieces["participant_id"],
            "start_day": pieces["first"],
            "end_day": pieces["last"].where(np.isfinite(pieces["last"])),
            "primary": main.reindex(pieces["piece"]).to_numpy(dtype=object),
            "number": number.reindex(pieces["piece"]).to_numpy(dtype=float),
        }
    )
    told = pieces["piece"].isin(inside["piece"])
    spells["number"] = spells["number"].fillna(0.0).where(told)
    return spells.assign(switches=_switches(spells))[list(COLUMNS)]


def _after(held: pd.DataFrame) -> pd.DataFrame:
    ended = held[np.isfinite(held["stop"])]
    return pd.DataFrame({"participant_id": ended["participant_id"], "start": ended["stop"] + 1})


def _switches(spells: pd.DataFrame) -> pd.Series:
    known = spells[spells["primary"].notna()]
    before = known.groupby("participant_id")["primary"].shift()
    changed = (before.notna() & (before != known["primary"])).astype(float)
    so_far = changed.groupby(known["participant_id"]).cumsum().reindex(spells.index)
    return so_far.groupby(spells["participant_id"]).ffill().fillna(0.0)
