"""Who was due at each wave, and who answered."""

from datetime import date

import numpy as np
import pandas as pd

from remission.cohort import Study, reading
from remission.cohort.memory import remembered
from remission.cohort.reading_follow_up import answers_by_response
from remission.cohort.windows import windows

ENDS_FOLLOW_UP = ("death", "withdrawal")


@remembered
def due_and_answered(study: Study, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tell who was due at each wave and who answered; one row of both is a participant, a column a wave.

    A participant is due at a wave once its planned day has come, unless death or withdrawal came
    before; without an origin date the day counts as come. Whoever answered was due, and nobody else at a
    wave that is retired.

    Parameters
    ----------
    study : Study
    as_of : datetime.date
        The day on which to look.

    Returns
    -------
    (pandas.DataFrame, pandas.DataFrame)
        Truth values, due and answered.
    """
    people = reading.participants(study).set_index("participant_id")
    waves = study.protocol.waves
    spoken = answers_by_response(study)
    spoken = spoken[spoken["n_answered"] > 0]
    answered = pd.DataFrame(
        {wave.name: people.index.isin(spoken.loc[spoken["wave"] == wave.name, "participant_id"]) for wave in waves},
        index=people.index,
    )
    elapsed = (pd.Timestamp(as_of) - people["origin_date"]).dt.days.astype(float)
    gone = _day_gone(study, answered)
    planned = windows(study).pivot_table(index="participant_id", columns="wave", values="target_day", dropna=False)
    target = planned.reindex(index=people.index, columns=[wave.name for wave in waves]).astype(float)
    # Nobody is due at a retired wave, or where what the wave counts from is not known.
    awaited = {
        name: target[name].notna() & ~((elapsed < target[name]) | (gone < target[name])) for name in target.columns
    }
    due = pd.DataFrame({name: answered[name] | awaited[name] for name in target.columns}, index=people.index)
    return due, answered


def _day_gone(study: Study, answered: pd.DataFrame) -> pd.Series:
    """Day of death or withdrawal, the last wave answered where it is unknown; infinite for those who stay."""
    days = np.array([wave.day for wave in study.protocol.waves], dtype=float)
    last_seen = pd.Series(np.where(answered, days, 0.0).max(axis=1, initial=0.0), index=answered.index)
    events = reading.status_events(study)
    ended = events[events["kind"].isin(ENDS_FOLLOW_UP)]
    day = ended["day"].astype(float).fillna(ended["participant_id"].map(last_seen))
    first = day.groupby(ended["participant_id"]).min()
    return first.reindex(answered.index).fillna(np.inf).astype(float)
