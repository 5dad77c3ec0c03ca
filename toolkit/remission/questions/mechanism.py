"""Through what an exposure may work: a chain of measures from wave to wave."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort import Study
from remission.cohort.question_plan import MechanismQuestion
from remission.estimate import mediation
from remission.estimate.mediation_result import Mediation
from remission.estimate.workers import ALONE, Crew
from remission.tables.covariates import covariates_at


@dataclass(frozen=True)
class Mechanism:
    """A chain and its effects; ``columns`` names the table's columns by what study.yaml calls them."""

    asked: MechanismQuestion
    columns: dict[str, str]
    effects: Mediation


def mechanism(study: Study, asked: MechanismQuestion, crew: Crew = ALONE) -> Mechanism:
    """Estimate total, direct and indirect effects along a chain.

    Mediators and outcome at the first wave join the covariates where the study measured them, so that the chain speaks
    of what came after.

    Parameters
    ----------
    study : Study
    asked : MechanismQuestion
        From study.yaml (questions: mechanisms).
    crew : Crew
        Who computes the resamples.

    Raises
    ------
    NotEstimable
        Too few participants have all measures, or one never varies.
    """
    table, columns, days = chain_table(study, asked)
    chain = (asked.exposure, *asked.mediators, asked.outcome)
    effects = mediation(
        table,
        columns[asked.exposure],
        [columns[name] for name in asked.mediators],
        columns[asked.outcome],
        [column for name, column in columns.items() if name not in chain],
        measured_at={columns[name]: day for name, day in days.items()},
        bootstrap=asked.bootstrap,
        seed=asked.seed,
        workers=crew.workers,
        cluster=crew.cluster,
    )
    return Mechanism(asked, columns, effects)


def chain_table(study: Study, asked: MechanismQuestion) -> tuple[pd.DataFrame, dict[str, str], dict[str, float]]:
    """One row is a participant; besides, the columns by name, and the planned day of each.

    Returns
    -------
    (pandas.DataFrame, dict, dict)
        ``participant_id`` and a column for each measure at its wave.
    """
    first = study.protocol.waves[0].name
    chain = [asked.exposure, *asked.mediators, asked.outcome]
    before = [f"{name.partition('@')[0]}@{first}" for name in chain[1:]]
    scored = _measured(study, before)
    names = [*chain, *(name for name in dict.fromkeys([*asked.covariates, *scored]) if name not in chain)]
    last = max(float(wave.day) for wave in study.protocol.waves)
    at_waves = [name for name in names if "@" in name]
    frames = [
        covariates_at(study, at_waves, last).frame,
        covariates_at(study, [name for name in names if "@" not in name]).frame,
    ]
    columns = {name: name.replace("@", "_at_") for name in names}
    table = pd.concat(frames, axis=1).rename(columns=columns).rename_axis("participant_id").reset_index()
    days = {name: _planned(study, name) for name in names}
    return table, columns, days


def _planned(study: Study, name: str) -> float:
    wave = name.partition("@")[2]
    return float(study.protocol.wave(wave).day) if wave else 0.0


def _measured(study: Study, names: list[str]) -> list[str]:
    """Keep those measures at the first wave that anybody has."""
    frame = covariates_at(study, list(dict.fromkeys(names))).frame
    return [str(name) for name in frame.columns if frame[name].min() < frame[name].max()]
