"""Scores from answers, by the closed vocabulary of rules."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.frames import FrameShape
from remission.survey.definition import Instrument, MissingRule, Scale

ANSWERS = FrameShape(
    "one answered item",
    ("participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason"),
    ("participant_id", "wave", "instrument", "item"),
)
SCORES = FrameShape(
    "one score of one participant at one wave",
    ("participant_id", "wave", "day", "instrument", "scale", "score", "n_answered", "n_items"),
    ("participant_id", "wave", "instrument", "scale"),
)


def check_answer(instrument: Instrument, item: str, value: float) -> None:
    """Refuse an answer that the item does not allow.

    Raises
    ------
    DefinitionError
        Names the instrument, the item and what it allows.
    """
    if not allowed(instrument, item, pd.Series([value])).iloc[0]:
        raise DefinitionError(
            f"{instrument.name}.{item} does not allow the answer {value:g}.",
            f"It takes {describe_allowed(instrument, item)}.",
        )


def allowed(instrument: Instrument, item: str, values: pd.Series) -> pd.Series:
    """Tell which values an item allows; missing ones are allowed."""
    listed = instrument.values(item)
    if listed is not None:
        return values.isna() | values.isin(listed)
    low, high = instrument.bounds(item)
    fits = pd.Series(True, index=values.index)
    if low is not None:
        fits &= values.isna() | (values >= low)
    if high is not None:
        fits &= values.isna() | (values <= high)
    if instrument.item(item).kind == "count":
        fits &= values.isna() | (values == np.floor(values))
    return fits


def describe_allowed(instrument: Instrument, item: str) -> str:
    """Say in words what an item allows."""
    listed = instrument.values(item)
    if listed is not None:
        return ", ".join(f"{value:g}" for value in listed)
    low, high = instrument.bounds(item)
    what = "whole numbers" if instrument.item(item).kind == "count" else "numbers"
    return f"{what} from {'any' if low is None else f'{low:g}'} to {'any' if high is None else f'{high:g}'}"


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
        missing reason counts as not answered.
    scale : str, optional
        One scale; all of them where not given.
    missing : MissingRule, optional
        Put in place of the scales' own rule.

    Returns
    -------
    pandas.DataFrame
        One row is one score of one participant at one wave.

    Raises
    ------
    DefinitionError
        There is no such scale, or an answer is not allowed.
    """
    ANSWERS.check(answers)
    names = [each.name for each in instrument.scales]
    if scale is not None and scale not in names:
        raise DefinitionError(f"{instrument.name} has no scale '{scale}'.", f"It has {', '.join(names)}.")
    mine = answers[answers["instrument"] == instrument.name]
    if mine.empty:
        return SCORES.empty()
    _require_known(instrument, mine)
    wide, days = _widen(instrument, mine)
    wanted = [instrument.scale(scale)] if scale else list(instrument.scales)
    pieces = [_score_scale(instrument, each, wide, days, missing or each.missing) for each in wanted]
    return pd.concat(pieces, ignore_index=True)


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
    if rule.min_answered is not None and rule.min_answered > len(scale.items):
        raise DefinitionError(
            f"The missing rule asks for {rule.min_answered} answers; '{scale.name}' has {len(scale.items)} items.",
            "Lower min_answered.",
        )


def _widen(instrument: Instrument, answers: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    values = answers["value"].astype(float).where(answers["missing_reason"].isna())
    keyed = answers.assign(value=values).set_index(["participant_id", "wave", "item"])
    wide = keyed["value"].unstack("item").reindex(columns=[item.name for item in instrument.items])
    for item in instrument.items:
        bad = ~allowed(instrument, item.name, wide[item.name])
        if bad.any():
            who, wave = wide.index[np.flatnonzero(bad.to_numpy())[0]]
            raise DefinitionError(
                f"{instrument.name}.{item.name}: participant {who} at {wave} has {wide.loc[(who, wave), item.name]:g}.",
                f"It takes {describe_allowed(instrument, item.name)}.",
            )
    days = answers.groupby(["participant_id", "wave"])["day"].first()
    return _fill_skipped(instrument, wide), days.reindex(wide.index)


def _fill_skipped(instrument: Instrument, wide: pd.DataFrame) -> pd.DataFrame:
    filled = wide.copy()
    for item in instrument.items:
        if item.asked_if is not None and item.when_skipped is not None:
            gate = wide[item.asked_if.item]
            skipped = gate.notna() & ~gate.isin(item.asked_if.equals) & wide[item.name].isna()
            filled.loc[skipped, item.name] = item.when_skipped
    return filled


def _score_scale(
    instrument: Instrument, scale: Scale, wide: pd.DataFrame, days: pd.Series, rule: MissingRule
) -> pd.DataFrame:
    _require_reachable(scale, rule)
    values = np.column_stack([_scored_item(instrument, scale, name, wide[name]) for name in scale.items])
    answered = (~np.isnan(values)).sum(axis=1)
    total = np.nansum(values, axis=1)
    items = values.shape[1]
    enough = answered >= (items if rule.min_answered is None else rule.min_answered)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / answered
    if scale.rule == "mean":
        found = mean if rule.kind != "sum_answered" else total / items
    elif scale.rule in ("max", "any"):
        found = np.where(np.isnan(values), -np.inf, values).max(axis=1)
    else:
        found = mean * items if rule.kind == "prorate" else total
    index = wide.index
    return pd.DataFrame(
        {
            "participant_id": index.get_level_values("participant_id"),
            "wave": index.get_level_values("wave"),
            "day": days.to_numpy(),
            "instrument": instrument.name,
            "scale": scale.name,
            "score": np.where(enough & (answered > 0), found, np.nan),
            "n_answered": answered,
            "n_items": items,
        }
    )


def _scored_item(instrument: Instrument, scale: Scale, name: str, values: pd.Series) -> np.ndarray:
    item = instrument.item(name)
    scored = values.to_numpy(dtype=float)
    if item.reverse:
        low, high = instrument.bounds(name)
        scored = (low or 0.0) + (high or 0.0) - scored
    if scale.rule in ("count_of", "any") and item.counts_from is not None:
        scored = np.where(np.isnan(scored), np.nan, (scored >= item.counts_from).astype(float))
    return scored
