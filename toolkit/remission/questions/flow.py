"""What became of everybody, wave by wave, from enrolment on."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort import EVERYONE, Study, participants
from remission.errors import NotEstimable
from remission.tables.follow_up_end import looked_on
from remission.tracking import dispositions
from remission.tracking.dispositions import DISPOSITIONS

SEEN = ("completed_in_window", "completed_out_of_window", "partial")


@dataclass(frozen=True)
class Flow:
    """Counts for a diagram of participant flow.

    Attributes
    ----------
    enrolled : int
    waves : pandas.DataFrame
        One row is a wave: ``wave`` and the number in each disposition; every participant is in one.
    """

    enrolled: int
    waves: pd.DataFrame


def flow(study: Study) -> Flow:
    """Count what became of every participant at every wave.

    Everybody is counted, whatever they allow: a diagram of flow that left people out would not add up.

    Raises
    ------
    NotEstimable
        The study has no participants.
    """
    people = len(participants(study.for_purpose(EVERYONE)))
    if not people:
        raise NotEstimable("The study has no participants.", "Enrol some first.")
    found = dispositions(study, looked_on(study))
    counts = found.groupby(["wave", "disposition"]).size().unstack(fill_value=0)
    order = [wave.name for wave in study.protocol.standing_waves]
    waves = counts.reindex(index=order, columns=list(DISPOSITIONS), fill_value=0)
    return Flow(people, waves.rename_axis(columns=None).rename_axis("wave").reset_index())
