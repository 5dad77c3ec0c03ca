"""Scores from answers, as frames."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.frames import FrameShape
from remission.survey.definition import Instrument
from remission.survey.possible import allowed, describe_allowed
from remission.survey.rules import Scored, score_sheets, scored_item
from remission.survey.scale import MissingRule, Scale
from remission.survey.skips import rightly_skipped

ANSWERS = FrameShape(
    "one answered item",
    ("participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason"),
)
SCORES = FrameShape(
    "one score of one participant at one wave",
    ("participant_id", "wave", "day", "instrument", "scale", "score", "n_answered", "n_items", "n_filled", "about"),
    ("participant_id", "wave", "instrument", "about", "scale"),
)
SHEET = ["participant_id", "wave", "about"]


def score(
    instrument: Instrument,
    answers: pd.DataFrame,
    scale: str | None = None,
    missing: MissingRule | None = None,
) -> pd.DataFrame:
    """Score an instrument for every participant and wave that answered it.

    Parameters
    ----------
    instrument : Instrument
    answers : pandas.DataFrame
        One row is one answered item; rows of other instruments are ignored. A row with a
        missing reason counts as not answered. A column ``about`` tells apart sheets of the same
        wave, for example one for each mutual-help group; without it there is one.
    scale : str, optional
        One scale; all of them where not given.
    missing : MissingRule, optional
        Put in place of the scales' own rule.

    Returns
    -------
    pandas.DataFrame
        One row is one score of one sheet. ``n_answered`` of ``n_items`` were answered or rightly
        skipped; ``n_filled`` is how many the missing rule made up for.

    Raises
    ------
    DefinitionError
        There is no such scale, or an answer is not allowed.
    """
    ANSWERS.check(answers)
    names = [each.name for each in instrument.scales]
    if scale is not None and scale not in names:
        raise DefinitionError(f"{instrument.name} has no scale '{scale}'.", f"It has {', '.join(names)}.")
    mine = _own_answers(instrument, answers)
    if mine.empty:
        return SCORES.empty()
    _require_known(instrument, mine)
    wide, days = _widen(instrument, mine)
    wanted = (instrument.scale(scale),) if scale else instrument.scales
    for each in wanted:
        _require_reachable(each, missing or each.missing)
    scored = score_sheets(instrument, wide.to_numpy(dtype=float), wanted, missing)
    pieces = [_as_rows(instrument, name, found, wide, days) for name, found in scored.items()]
    return pd.concat(pieces, ignore_index=True)


def scored_items(instrument: Instrument, answers: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Lay out what each item contributes to a scale: turned round, recoded, skips filled.

    Returns
    -------
    pandas.DataFrame
        One row is a sheet: ``participant_id wave about`` and one column per item of the scale.
    """
    wanted = instrument.scale(scale)
    mine = _own_answers(instrument, answers)
    if mine.empty:
        return pd.DataFrame(columns=[*SHEET, *wanted.items])
    _require_known(instrument, mine)
    wide, _ = _widen(instrument, mine)
    _, filled = rightly_skipped(instrument, wide.to_numpy(dtype=float))
    places = {item.name: place for place, item in enumerate(instrument.items)}
    columns = {name: scored_item(instrument, wanted, name, filled[:, places[name]]) for name in wanted.items}
    return pd.concat([wide.index.to_frame(index=False), pd.DataFrame(columns)], axis=1)


def unasked(instrument: Instrument, answers: pd.DataFrame) -> pd.DataFrame:
    """List the items that sheets rightly skipped and say nothing about.

    Returns
    -------
    pandas.DataFrame
        One row is an item of a sheet: ``participant_id wave about item``.
    """
    mine = _own_answers(instrument, answers)
    if mine.empty:
        return pd.DataFrame(columns=[*SHEET, "item"])
    wide, _ = _widen(instrument, mine)
    skipped, _ = rightly_skipped(instrument, wide.to_numpy(dtype=float))
    rows, columns = np.nonzero(skipped)
    found = wide.index[rows].to_frame(index=False).assign(item=wide.columns.to_numpy()[columns])
    recorded = pd.MultiIndex.from_frame(mine[[*SHEET, "item"]])
    silent = ~pd.MultiIndex.from_frame(found[[*SHEET, "item"]]).isin(recorded)
    return found[silent].reset_index(drop=True)


def _own_answers(instrument: Instrument, answers: pd.DataFrame) -> pd.DataFrame:
    mine = answers[answers["instrument"] == instrument.name]
    return mine.assign(about=mine["about"].fillna("") if "about" in mine.columns else "")


def _require_known(instrument: Instrument, answers: pd.DataFrame) -> None:
    strange = set(answers["item"]) - {item.name for item in instrument.items}
    if strange:
        raise DefinitionError(
            f"{instrument.name} {instrument.version} has no item '{sorted(strange)[0]}', yet there are answers to it.",
            "Use the version of the instrument that was answered.",
        )
    other = set(answers["version"].dropna()) - {instrument.version}
    if other:
        raise DefinitionError(
            f"{instrument.name} was answered in version {sorted(map(str, other))[0]}, this is {instrument.version}.",
            "Score each version with its own definition.",
        )


def _require_reachable(scale: Scale, rule: MissingRule) -> None:
    if scale.items and rule.min_answered is not None and rule.min_answered > len(scale.items):
        raise DefinitionError(
            f"The missing rule asks for {rule.min_answered} answers; '{scale.name}' has {len(scale.items)} items.",
            "Lower min_answered.",
        )


def _widen(instrument: Instrument, answers: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    twice = answers.duplicated([*SHEET, "item"])
    if twice.any():
        row = answers[twice].iloc[0]
        raise DefinitionError(
            f"{instrument.name}.{row['item']}: participant {row['participant_id']} at {row['wave']} has two answers.",
            "Keep one of them.",
        )
    values = answers["value"].astype(float).where(answers["missing_reason"].isna())
    keyed = answers.assign(value=values).set_index([*SHEET, "item"])
    wide = keyed["value"].unstack("item").reindex(columns=[item.name for item in instrument.items])
    for item in instrument.items:
        bad = ~allowed(instrument, item.name, wide[item.name])
        if bad.any():
            sheet = wide.index[np.flatnonzero(bad.to_numpy())[0]]
            raise DefinitionError(
                f"{instrument.name}.{item.name}: participant {sheet[0]} at {sheet[1]} has "
                f"{wide.loc[sheet, item.name]:g}.",
                f"It takes {describe_allowed(instrument, item.name)}.",
            )
    days = answers.groupby(SHEET)["day"].first()
    return wide, days.reindex(wide.index)


def _as_rows(instrument: Instrument, scale: str, found: Scored, wide: pd.DataFrame, days: pd.Series) -> pd.DataFrame:
    has_score = ~np.isnan(found.score)
    return pd.DataFrame(
        {
            "participant_id": wide.index.get_level_values("participant_id"),
            "wave": wide.index.get_level_values("wave"),
            "day": days.to_numpy(),
            "instrument": instrument.name,
            "scale": scale,
            "score": found.score,
            "n_answered": found.n_answered,
            "n_items": found.n_items,
            "n_filled": np.where(has_score, found.n_items - found.n_answered, 0),
            "about": wide.index.get_level_values("about"),
        }
    )
