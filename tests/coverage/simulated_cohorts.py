"""How often 95 % intervals hold the truth, in simulated cohorts whose truth is known in closed form.

Run ``OMP_NUM_THREADS=1 python tests/coverage`` to draw all cohorts anew and store the figures; it takes some minutes.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import exp, sqrt

import numpy as np
import pandas as pd

from remission.estimate import aalen_johansen, cox, kaplan_meier, turnbull

COMMAND = "OMP_NUM_THREADS=1 python tests/coverage"
SEED = 20240917
NOMINAL = 0.95
COHORTS = 1000
# How many of them the tests draw anew, each time and when asked for slow ones.
FIRST = 24
PART = 200
DAY = 180

# Cohorts: a Weibull time to first use; two competing hazards a day; a rate of use that recurs.
SHAPE, SCALE = 0.8, 320.0
RELAPSE, DEATH = 0.0030, 0.0015
RATE, ENGAGEMENT, TREATED = 0.006, -0.5, -0.3
FRAILTY = 0.8
WAVE, WAVES = 60.0, 6
VISITS = np.array([60.0, 150.0, 240.0, 330.0])


@dataclass(frozen=True)
class Interval:
    """What one cohort gave."""

    estimate: float
    std_error: float
    low: float
    high: float


@dataclass(frozen=True)
class Case:
    """One interval to be tried: the truth, how to draw a cohort, how to estimate."""

    truth: float
    participants: int
    draw: Callable[[np.random.Generator, int], pd.DataFrame]
    estimate: Callable[[pd.DataFrame], Interval]


@dataclass(frozen=True)
class Figures:
    """How often a case's intervals held the truth, with the Monte Carlo error of that share.

    ``first`` and ``part`` count the first cohorts alone.
    """

    truth: float
    participants: int
    cohorts: int
    covered: int
    first: int
    part: int
    coverage: float
    monte_carlo_error: float
    mean_estimate: float
    spread_of_estimates: float
    mean_std_error: float


def first_use(random: np.random.Generator, participants: int) -> pd.DataFrame:
    """Draw whole days to first use, some participants lost before it."""
    day = np.ceil(SCALE * random.weibull(SHAPE, participants))
    lost = random.integers(30, 400, participants)
    return pd.DataFrame({"exit": np.minimum(day, lost), "event": (day <= lost).astype(int)})


def two_causes(random: np.random.Generator, participants: int) -> pd.DataFrame:
    """Draw whole days to relapse or death, whichever is first, some participants lost before."""
    day = np.ceil(random.exponential(1 / (RELAPSE + DEATH), participants))
    cause = np.where(random.random(participants) < RELAPSE / (RELAPSE + DEATH), 1, 2)
    lost = random.integers(30, 400, participants)
    return pd.DataFrame({"exit": np.minimum(day, lost), "cause": np.where(day <= lost, cause, 0)})


def recurrent_use(random: np.random.Generator, participants: int) -> pd.DataFrame:
    """Draw days of use that recur, at a rate moved by engagement of each wave and by an unseen gamma factor.

    The factor has mean 1 and knows nothing of engagement, so that the ratio of mean rates is the truth,
    and the rows of one participant depend.
    """
    who = np.repeat(np.arange(participants), WAVES)
    usual = random.normal(size=participants)
    engagement = 0.8 * usual[who] + 0.6 * random.normal(size=who.size)
    treated = random.integers(0, 2, participants)[who]
    unseen = random.gamma(1 / FRAILTY, FRAILTY, participants)[who]
    count = random.poisson(WAVE * RATE * unseen * np.exp(ENGAGEMENT * engagement + TREATED * treated))
    start = np.tile(np.arange(WAVES) * WAVE, participants)
    cell = np.arange(who.size)
    used = np.repeat(cell, count)
    day = start[used] + WAVE * random.random(used.size)
    rows = pd.DataFrame(
        {
            "cell": np.concatenate([used, cell]),
            "exit": np.concatenate([day, start + WAVE]),
            "event": np.repeat([1, 0], [used.size, cell.size]),
        }
    ).sort_values(["cell", "exit"], ignore_index=True)
    before = rows.groupby("cell")["exit"].shift()
    place = rows["cell"].to_numpy()
    entry = np.where(before.isna(), start[place], before)
    return rows.assign(participant_id=who[place], entry=entry, engagement=engagement[place], treated=treated[place])


def looks(random: np.random.Generator, participants: int, spread: float) -> pd.DataFrame:
    """Draw first use that is seen at visits only, one in five of them missed, each up to ``spread`` days off."""
    day = SCALE * random.weibull(SHAPE, participants)
    visit = VISITS + np.round(random.uniform(-spread, spread, (participants, VISITS.size)))
    came = random.random(visit.shape) < 0.8
    came[:, 0] = True
    after = came & (visit >= day[:, None])
    left = np.where(came & ~after, visit, 0.0).max(axis=1)
    right = np.where(after, visit, np.inf).min(axis=1)
    return pd.DataFrame({"left": left, "right": right})


def of_curve(row: pd.Series) -> Interval:
    """Take the interval off one row of a curve."""
    return Interval(*(float(row[name]) for name in ("estimate", "std_error", "conf_low", "conf_high")))


def survival_at(day: float) -> Callable[[pd.DataFrame], Interval]:
    """Read Kaplan–Meier at a day."""
    return lambda table: of_curve(kaplan_meier(table).at(day).iloc[0])


def incidence(table: pd.DataFrame) -> Interval:
    """Read the incidence of relapse at the day."""
    read = aalen_johansen(table).at(DAY)
    return of_curve(read[read["event"] == "1"].iloc[0])


def engagement_effect(cluster: str | None) -> Callable[[pd.DataFrame], Interval]:
    """Fit Cox to rows of a counting process."""

    def fit(table: pd.DataFrame) -> Interval:
        found = cox("Event(entry, exit, event) ~ engagement + treated", table, cluster=cluster).tidy()
        return of_curve(found.iloc[0])

    return fit


def seen_at_looks(day: float) -> Callable[[pd.DataFrame], Interval]:
    """Read Turnbull's curve at a day, with 200 resamples."""
    return lambda table: of_curve(turnbull(table, resamples=200).at(day).iloc[0])


def weibull(day: float) -> float:
    """Give the share without first use by a day."""
    return exp(-((day / SCALE) ** SHAPE))


TOTAL = RELAPSE + DEATH
RELAPSED = RELAPSE / TOTAL * (1 - exp(-TOTAL * DAY))
CASES = {
    "Kaplan-Meier at 180 days": Case(weibull(DAY), 200, first_use, survival_at(DAY)),
    "Aalen-Johansen at 180 days": Case(RELAPSED, 200, two_causes, incidence),
    "Cox, engagement, robust errors": Case(ENGAGEMENT, 400, recurrent_use, engagement_effect("participant_id")),
    "Cox, engagement, model-based errors": Case(ENGAGEMENT, 400, recurrent_use, engagement_effect(None)),
    "Turnbull on a common wave day, 240": Case(weibull(240), 200, lambda r, n: looks(r, n, 0), seen_at_looks(240)),
    "Turnbull off the waves, 180, visits up to 45 days off": Case(
        weibull(DAY), 200, lambda r, n: looks(r, n, 45), seen_at_looks(DAY)
    ),
    "Cox, engagement, robust errors, 1,600 participants": Case(
        ENGAGEMENT, 1600, recurrent_use, engagement_effect("participant_id")
    ),
}


def interval_of(name: str, number: int) -> Interval:
    """Draw one cohort, by a seed of its own, and estimate."""
    case = CASES[name]
    # Both Cox cases see the same cohorts.
    kind = list(CASES).index(name.replace("model-based", "robust"))
    return case.estimate(case.draw(np.random.default_rng([SEED, kind, number]), case.participants))


def holds(name: str, interval: Interval) -> bool:
    """Tell whether the truth lies inside."""
    return interval.low <= CASES[name].truth <= interval.high


def figures_of(name: str, cohorts: int = COHORTS) -> Figures:
    """Draw cohorts and count."""
    found = [interval_of(name, number) for number in range(cohorts)]
    inside = [holds(name, interval) for interval in found]
    estimates = np.array([interval.estimate for interval in found])
    share = sum(inside) / cohorts
    return Figures(
        truth=CASES[name].truth,
        participants=CASES[name].participants,
        cohorts=cohorts,
        covered=sum(inside),
        first=sum(inside[:FIRST]),
        part=sum(inside[:PART]),
        coverage=share,
        monte_carlo_error=sqrt(share * (1 - share) / cohorts),
        mean_estimate=float(estimates.mean()),
        spread_of_estimates=float(estimates.std(ddof=1)),
        mean_std_error=float(np.mean([interval.std_error for interval in found])),
    )


def stored_form(cohorts: int = COHORTS) -> dict[str, object]:
    """Give all figures as they are stored."""
    return {"command": COMMAND, "seed": SEED, "nominal": NOMINAL, "first_cohorts": FIRST, "part_cohorts": PART} | {
        "cases": {name: asdict(figures_of(name, cohorts)) for name in CASES}
    }
