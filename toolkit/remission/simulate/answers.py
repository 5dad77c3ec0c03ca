"""Answers item by item, so that scoring has something to score."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from remission.cohort.wave import Wave
from remission.simulate.histories import Histories
from remission.simulate.truth import Growth, Truth
from remission.survey import instrument

INVOLVEMENT_ITEMS = ("home_group", "sponsor_or_friend", "led_meeting", "service")


def all_answers(
    ids: np.ndarray, histories: Histories, truth: Truth, waves: tuple[Wave, ...], random: np.random.Generator
) -> pd.DataFrame:
    """Answer every instrument of the ``engagement`` template at every interview that took place.

    Returns
    -------
    pandas.DataFrame
        One row is one answered item.
    """
    sheets = {
        "meeting_attendance": _attendance(histories, random),
        "recovery_identity": _growing("recovery_identity", "identity", truth.identity, histories, (1, 7, 1), random),
        "abstinence_self_efficacy": _growing(
            "abstinence_self_efficacy", "confidence", truth.confidence, histories, (0, 100, 10), random
        ),
        "recent_use": _recent_use(histories, random),
    }
    pieces = [_long(ids, histories, waves, name, items) for name, items in sheets.items()]
    return pd.concat(pieces, ignore_index=True)


def _attendance(histories: Histories, random: np.random.Generator) -> dict[str, np.ndarray]:
    weekly = histories.items[:, :, 0] == 1
    many = np.minimum(4 + random.poisson(6, weekly.shape), 60)
    few = random.binomial(3, 0.25, weekly.shape)
    items = {"meetings_30d": np.where(weekly, many, few)}
    for place, name in enumerate(INVOLVEMENT_ITEMS, start=1):
        items[name] = histories.items[:, :, place]
    return items


def _growing(
    name: str,
    scale: str,
    growth: Growth,
    histories: Histories,
    grid: tuple[int, int, int],
    random: np.random.Generator,
) -> dict[str, np.ndarray]:
    people, waves = histories.came.shape
    years = histories.interview_day / 365.25
    level = growth.intercept + random.normal(0, growth.sd_intercept, (people, 1))
    slope = growth.slope + random.normal(0, growth.sd_slope, (people, 1))
    centre = level + slope * years + growth.involvement * histories.involvement
    asked = instrument(name)
    held = asked.scale(scale).items
    low, high, step = grid
    spread = growth.sd_error * np.sqrt(len(held))
    return {
        item.name: np.clip(np.rint((centre + random.normal(0, spread, (people, waves))) / step) * step, low, high)
        for item in asked.items
    }


def _recent_use(histories: Histories, random: np.random.Generator) -> dict[str, np.ndarray]:
    days, use = histories.interview_day, histories.use_day[:, None]
    before = np.column_stack([np.full(len(days), -1), days[:, :-1]])
    started = (use > before) & (use <= days)
    after = use <= before
    again = after & (random.random(days.shape) < 0.6)
    used = started | again
    recently = used & (~started | (days - use <= 30) | (random.random(days.shape) < 0.7))
    count = np.where(recently, 1 + random.binomial(29, 0.25, days.shape), 0)
    drinks = count * (1 + random.poisson(3, days.shape))
    return {
        "drinks_30": drinks,
        "days_used_30": count,
        "used_since_last": used.astype(int),
    }


def _long(
    ids: np.ndarray, histories: Histories, waves: tuple[Wave, ...], name: str, items: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    who, wave = np.nonzero(histories.came)
    names = np.array([each.name for each in waves])
    shared = {
        "participant_id": ids[who],
        "wave": names[wave],
        "day": histories.interview_day[who, wave],
        "instrument": name,
        "version": instrument(name).version,
    }
    pieces = [pd.DataFrame({**shared, "item": item, "value": values[who, wave]}) for item, values in items.items()]
    return pd.concat(pieces, ignore_index=True).astype({"value": float}).assign(missing_reason=None)
