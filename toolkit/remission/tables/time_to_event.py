"""Time from the origin to the study's outcome."""

from collections.abc import Sequence

import pandas as pd

from remission.cohort import Study, reading
from remission.outcomes import OutcomeDefinition, first_use, first_use_at_waves, outcome
from remission.tables.covariates import Covariates, covariates_at
from remission.tables.measures import scores_of


def time_to_event(
    study: Study, covariates: Sequence[str] = (), definition: OutcomeDefinition | None = None
) -> pd.DataFrame:
    """One row is a participant: days from the origin to the outcome, or to the end of what is known.

    Parameters
    ----------
    study : Study
    covariates : sequence of str
        Known at day 0: ``arm``, ``site``, ``group``, ``engagement_level``, a characteristic, or a
        measure (its score at the first wave).
    definition : OutcomeDefinition, optional
        The study's own where not given.

    Returns
    -------
    pandas.DataFrame
        ``participant_id entry exit event left right ending`` and the covariates, missing where
        they were not observed. ``attrs`` tell the definition, the time origin, when each covariate
        was measured, and who is left out with the reason.

    Raises
    ------
    ImmortalTime
        A covariate belongs to a later wave.
    DefinitionError
        A covariate is not known.
    """
    known = covariates_at(study, covariates)
    table = outcome_table(study, definition)
    return _attach(table, known)


def outcome_table(study: Study, definition: OutcomeDefinition | None = None) -> pd.DataFrame:
    """One row is a participant: the outcome alone, with its ``attrs``."""
    chosen = definition or outcome(study.protocol.outcome.definition)
    if chosen.source == "reported_day":
        found = first_use(reading.use_reports(study), study.protocol.outcome.substance)
    else:
        scores = scores_of(study, chosen.instrument, chosen.scale)
        found = first_use_at_waves(scores[scores["wave"] != study.protocol.waves[0].name])
    reasons = [reason for reason in found.attrs["left_out"] if reason[1]]
    silent = len(reading.participants(study)) - len(found) - sum(count for _, count in reasons)
    table = found.assign(entry=0.0, exit=found["exit"].astype(float), event=found["event"].astype(int))
    columns = ["participant_id", "entry", "exit", "event", "left", "right", "ending"]
    table = table[columns].reset_index(drop=True)
    table.attrs = {
        "definition": chosen.title,
        "definition_sentence": chosen.sentence,
        "time_origin": study.protocol.time_origin,
        "measured_day": {},
        "left_out": (*reasons, *((("participants without any report on use", silent),) if silent else ())),
        "contradictions": found.attrs.get("contradictions", 0),
    }
    return table


def _attach(table: pd.DataFrame, known: Covariates) -> pd.DataFrame:
    joined = table.join(known.frame, on="participant_id")
    joined.attrs = {**table.attrs, "measured_day": known.measured_day}
    return joined
