"""A simulated cohort as the frames that a study records."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.cohort.entries import BatchInfo, Entries
from remission.cohort.recording import BatchOutcome, record
from remission.cohort.wave import Wave
from remission.simulate.answers import all_answers
from remission.simulate.calendar import meeting_calendar
from remission.simulate.histories import Histories, draw_histories
from remission.simulate.truth import DEMO_TRUTH, Truth

# Long enough ago that two years of follow-up are over.
FIRST_ENROLLED, ENROLLING_DAYS = pd.Timestamp("2023-01-02"), 180


@dataclass(frozen=True)
class Simulated:
    """A simulated cohort: what a study sees, and the histories behind it.

    Attributes
    ----------
    entries : Entries
        What the interviews brought to light.
    histories : Histories
        What really happened.
    truth : Truth
    """

    entries: Entries
    histories: Histories
    truth: Truth


def simulate_cohort(truth: Truth, n: int, seed: int, waves: tuple[Wave, ...]) -> Simulated:
    """Simulate a cohort followed over waves.

    Involvement at a wave holds until the next; use is reported to the day at the interview that
    follows it; who is lost is followed to the last interview.

    Parameters
    ----------
    truth : Truth
    n : int
        Participants.
    seed : int
        The same seed gives the same cohort.
    waves : tuple of Wave
        The protocol's waves; interviews fall within the optimum windows.
    """
    random = np.random.default_rng(seed)
    days = np.array([wave.day for wave in waves])
    slack = np.array([min(wave.day - wave.optimum_window[0], wave.optimum_window[1] - wave.day) for wave in waves])
    histories = draw_histories(truth, n, days, slack, random)
    ids = np.array([f"p{number:0{max(4, len(str(n)))}d}" for number in range(1, n + 1)])
    entries = Entries(
        participants=_participants(ids, random, np.random.default_rng([seed, 2])),
        characteristics=_characteristics(ids, histories),
        answers=all_answers(ids, histories, truth, waves, random),
        affiliations=_affiliations(ids, histories),
        use_reports=_use_reports(ids, histories),
        # A stream of its own: what was drawn before stays what it was.
        mutual_help_events=meeting_calendar(ids, histories, np.random.default_rng([seed, 1])),
    )
    return Simulated(entries, histories, truth)


def record_simulated(
    study: Study,
    n: int,
    seed: int,
    truth: Truth = DEMO_TRUTH,
    progress: Callable[[int, int], None] | None = None,
) -> BatchOutcome:
    """Simulate a cohort and record it in a study made from the ``engagement`` template."""
    simulated = simulate_cohort(truth, n, seed, study.protocol.waves)
    batch = BatchInfo(kind="simulated", file_name=f"seed {seed}, {n} participants")
    return record(study, simulated.entries, batch, progress=progress)


def _participants(ids: np.ndarray, random: np.random.Generator, apart: np.random.Generator) -> pd.DataFrame:
    site = random.choice(["north", "south"], ids.size)
    enrolled = FIRST_ENROLLED + pd.to_timedelta(apart.integers(0, ENROLLING_DAYS, ids.size), unit="D")
    dates = enrolled.strftime("%Y-%m-%d")
    return pd.DataFrame({"participant_id": ids, "site": site, "arm": None, "origin_date": dates})


def _characteristics(ids: np.ndarray, histories: Histories) -> pd.DataFrame:
    age = pd.DataFrame({"participant_id": ids, "name": "age", "value": histories.age})
    sex = pd.DataFrame({"participant_id": ids, "name": "sex", "value": np.where(histories.female, "female", "male")})
    both = pd.concat([age.astype({"value": object}), sex.astype({"value": object})], ignore_index=True)
    return both.assign(missing_reason=None)


def _affiliations(ids: np.ndarray, histories: Histories) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "participant_id": ids,
            "group_name": histories.group,
            "start_day": 0,
            "end_day": None,
            "is_primary": True,
        }
    )


def _use_reports(ids: np.ndarray, histories: Histories) -> pd.DataFrame:
    last = np.where(histories.came, histories.interview_day, -1).max(axis=1)
    used = histories.use_day <= last
    free_to = np.where(used, histories.use_day - 1, last)
    free = pd.DataFrame({"participant_id": ids, "start_day": 0, "end_day": free_to, "state": "abstinent"})
    days = pd.DataFrame(
        {
            "participant_id": ids[used],
            "start_day": histories.use_day[used],
            "end_day": histories.use_day[used],
            "state": "used",
        }
    )
    return pd.concat([free, days], ignore_index=True).assign(substance="any", source="interview")
