"""Latent histories of a simulated cohort: groups, involvement, use, interviews."""

from dataclasses import dataclass

import numpy as np

from remission.simulate.truth import GROUPS, Truth

SHARES = (0.40, 0.18, 0.12, 0.10, 0.20)
MEAN_INVOLVEMENT = {"twelve_step": 0.3, "smart": 0.0, "lifering": 0.0, "women_for_sobriety": 0.1, "none": -2.6}
ITEM_EASE = np.array([0.9, 0.4, 0.2, -1.2, -0.6])
FADING = 0.25
PERSISTENCE = 0.7


@dataclass(frozen=True)
class Histories:
    """Arrays of shape (participants,) or (participants, waves).

    Attributes
    ----------
    group : numpy.ndarray of str
    female : numpy.ndarray of bool
    age : numpy.ndarray of int
    interview_day : numpy.ndarray of int, shape (participants, waves)
    came : numpy.ndarray of bool, shape (participants, waves)
    items : numpy.ndarray of int, shape (participants, waves, 5)
        Involvement items, each 0 or 1.
    use_day : numpy.ndarray of int
        Day of first use, beyond the last wave for many.
    """

    group: np.ndarray
    female: np.ndarray
    age: np.ndarray
    interview_day: np.ndarray
    came: np.ndarray
    items: np.ndarray
    use_day: np.ndarray

    @property
    def involvement(self) -> np.ndarray:
        """Points of involvement, 0 to 5, shape (participants, waves)."""
        return np.asarray(self.items.sum(axis=2))


def draw_histories(truth: Truth, n: int, days: np.ndarray, slack: np.ndarray, random: np.random.Generator) -> Histories:
    """Draw the histories of ``n`` participants.

    Parameters
    ----------
    truth : Truth
    n : int
    days : numpy.ndarray, shape (waves,)
        Target day of each wave, the first 0.
    slack : numpy.ndarray, shape (waves,)
        Interviews fall within this many days of the target.
    random : numpy.random.Generator
    """
    female = random.random(n) < 0.4
    group = _draw_groups(female, random)
    jitter = np.rint(random.uniform(-1, 1, (n, days.size)) * slack).astype(int)
    interview_day = days + jitter
    interview_day[:, 0] = 0
    items = _draw_items(group, days.size, random)
    use_day = _draw_use(truth, group, items.sum(axis=2), interview_day, random)
    came = _draw_attrition(truth, use_day, interview_day, random)
    age = np.clip(np.rint(random.normal(40, 11, n)), 18, 78).astype(int)
    return Histories(group, female, age, interview_day, came, items, use_day)


def _draw_groups(female: np.ndarray, random: np.random.Generator) -> np.ndarray:
    open_to_men = np.array([0.0 if name == "women_for_sobriety" else 1.0 for name in GROUPS]) * SHARES
    drawn = random.choice(GROUPS, female.size, p=open_to_men / open_to_men.sum())
    share = SHARES[GROUPS.index("women_for_sobriety")] / max(female.mean(), 1e-9)
    joined = female & (random.random(female.size) < share)
    return np.where(joined, "women_for_sobriety", drawn)


def _draw_items(group: np.ndarray, waves: int, random: np.random.Generator) -> np.ndarray:
    """Involvement as a latent walk that returns to the group's mean and fades over the waves."""
    centre = np.array([MEAN_INVOLVEMENT[name] for name in group])
    state = random.normal(0, 1.3, group.size)
    items = []
    for wave in range(waves):
        latent = centre + state - FADING * wave
        chance = 1 / (1 + np.exp(-(latent[:, None] + ITEM_EASE)))
        items.append(random.random(chance.shape) < chance)
        state = PERSISTENCE * state + random.normal(0, 1.3 * np.sqrt(1 - PERSISTENCE**2), group.size)
    return np.stack(items, axis=1).astype(int)


def _draw_use(
    truth: Truth, group: np.ndarray, involvement: np.ndarray, days: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Invert the cumulative hazard, which is piecewise in involvement, at an exponential draw."""
    effect = np.array([truth.group_effects[name] for name in group])
    ratio = np.exp(effect[:, None] + truth.involvement_effect * (involvement - 2))
    ends = np.column_stack([days[:, 1:], np.full(len(days), np.inf)])
    start, stop = _hazard(truth, days.astype(float)), _hazard(truth, ends)
    reached = np.cumsum(ratio * (stop - start), axis=1)
    wanted = random.exponential(size=len(days))
    piece = (reached < wanted[:, None]).sum(axis=1)
    row = np.arange(len(days))
    before = np.where(piece > 0, reached[row, np.maximum(piece - 1, 0)], 0.0)
    at = start[row, piece] + (wanted - before) / ratio[row, piece]
    days_to_use = truth.median_days * np.expm1(at) ** (1 / truth.shape)
    return np.asarray(np.ceil(np.minimum(days_to_use, 1e6)), dtype=int)


def _hazard(truth: Truth, day: np.ndarray) -> np.ndarray:
    """Cumulative hazard of a log-logistic time."""
    return np.asarray(np.log1p((day / truth.median_days) ** truth.shape))


def _draw_attrition(truth: Truth, use_day: np.ndarray, days: np.ndarray, random: np.random.Generator) -> np.ndarray:
    used_lately = (use_day[:, None] > days[:, :-1]) & (use_day[:, None] <= days[:, 1:])
    chance = truth.dropout + truth.dropout_after_use * used_lately
    stays = random.random(chance.shape) >= chance
    return np.column_stack([np.ones(len(days), dtype=bool), np.cumprod(stays, axis=1).astype(bool)])
