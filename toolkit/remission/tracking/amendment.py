"""What an amendment of the protocol would do to the people in the study, before it is made."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from remission.cohort import EVERYONE, Protocol, Study
from remission.cohort.amending import Change, answers_by_stored_wave, changes_between
from remission.cohort.engine import reading
from remission.cohort.windows import protocol_versions, windows
from remission.tracking.dispositions import dispositions


@dataclass(frozen=True)
class AmendmentEffect:
    """What an amendment would do.

    Attributes
    ----------
    changes : list of Change
    waves : pandas.DataFrame
        One row is a wave: ``wave rows_kept dates_moved``, interviews, links and attempts that stay, and participants
        whose planned day moves.
    dispositions : pandas.DataFrame
        One row is a kind of change: ``wave before after participants``.
    """

    changes: list[Change]
    waves: pd.DataFrame
    dispositions: pd.DataFrame


def effect_of(study: Study, new: Protocol, effective: date, today: date | None = None) -> AmendmentEffect:
    """Work out what an amendment would do; nothing is written.

    Parameters
    ----------
    study : Study
    new : Protocol
        As ``read_amended`` reads it.
    effective : datetime.date
        The day from which it would hold.
    today : datetime.date, optional
        The day on which dispositions are compared.
    """
    whole = study.for_purpose(EVERYONE)
    now = protocol_versions(study)
    then = [*now, (effective, new)]
    before, after = windows(whole, now), windows(whole, then)
    keys = ["participant_id", "stored"]
    before["stored"] = before["wave"].map(study.protocol.stored_names)
    after["stored"] = after["wave"].map(new.stored_names)
    both = after.merge(before[[*keys, "target_day"]], on=keys, how="inner", suffixes=("", "_before"))
    differ = both["target_day"].ne(both["target_day_before"]) & both["target_day"].notna()
    moved = both[differ].groupby("wave").size()
    with reading(study.engine) as connection:
        held = answers_by_stored_wave(connection)
    rows = [(wave.name, held.get(wave.stored_name, 0), int(moved.get(wave.name, 0))) for wave in new.waves]
    return AmendmentEffect(
        changes=changes_between(study.protocol, new),
        waves=pd.DataFrame(rows, columns=["wave", "rows_kept", "dates_moved"]),
        dispositions=_compared(study, new, effective, today),
    )


def _compared(study: Study, new: Protocol, effective: date, today: date | None) -> pd.DataFrame:
    now = protocol_versions(study)
    before, after = dispositions(study, today, now), dispositions(study, today, [*now, (effective, new)])
    before["stored"] = before["wave"].map(study.protocol.stored_names)
    after["stored"] = after["wave"].map(new.stored_names)
    both = after.merge(
        before[["participant_id", "stored", "disposition"]],
        on=["participant_id", "stored"],
        how="outer",
        suffixes=("", "_before"),
    )
    both["before"] = both["disposition_before"].fillna("not planned")
    both["after"] = both["disposition"].fillna("not planned")
    named = both["wave"].fillna(both["stored"])
    differ = both[both["before"] != both["after"]].assign(wave=named)
    counted = differ.groupby(["wave", "before", "after"]).size().rename("participants")
    return counted.reset_index()
