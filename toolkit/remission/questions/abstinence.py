"""Abstinence at the interviews by what was known before: population averages beside conditional odds."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.cohort.question_plan import AbstinenceQuestion
from remission.errors import NotEstimable
from remission.estimate import equivalence, gee, logistic_mixed, within_between
from remission.estimate.formula import required
from remission.estimate.result import Coefficients, Estimates
from remission.questions.problem import Problem, answer_or_problem
from remission.tables import abstinence_at_waves

TABLE_COLUMNS = {"months", "day", "wave", "participant_id"}


@dataclass(frozen=True)
class Abstinence:
    """What goes with abstinence at the interviews.

    Attributes
    ----------
    asked : AbstinenceQuestion
    definition : str
        What counts as abstinent, in a sentence.
    shares : pandas.DataFrame
        One row is a wave: ``wave due known abstinent share share_if_missing_used``.
    averages : Coefficients or Problem
        GEE: odds ratios between groups of people.
    conditional : Coefficients or Problem
        Logistic mixed model: odds ratios of a person against itself under other covariates.
    alike : Estimates, Problem or None
        Whether involvement works alike in all groups, by the margin declared; None without a margin.
    meaning : tuple of str
        What the parts of a split exposure mean.
    """

    asked: AbstinenceQuestion
    definition: str
    shares: pd.DataFrame
    averages: Coefficients | Problem
    conditional: Coefficients | Problem
    alike: Estimates | Problem | None
    meaning: tuple[str, ...] = ()


def abstinence(study: Study, asked: AbstinenceQuestion) -> Abstinence:
    """Explain abstinence at later interviews by earlier involvement, group and other covariates.

    Parameters
    ----------
    study : Study
    asked : AbstinenceQuestion
        From study.yaml (questions: abstinence).

    Raises
    ------
    NotEstimable
        Nobody's abstinence is known.
    ImmortalTime
        Exposure and outcome are of the same interview, without a reason.
    """
    table = abstinence_table(study, asked)
    if table.empty:
        raise NotEstimable(
            "No interview after the first says whether somebody is abstinent.",
            "Record reports of use, or answers to recent_use, or name the sources under outcome in study.yaml.",
        )
    formula = f"abstinent ~ {asked.terms}"
    meaning: tuple[str, ...] = ()
    if asked.split:
        split = within_between(table, formula, asked.split)
        table, formula, meaning = split.table, split.formula, tuple(split.sentences)
    averages = answer_or_problem(lambda: gee(formula, table, family="binomial", correlation="exchangeable"))
    conditional = answer_or_problem(lambda: logistic_mixed(f"{formula} + (1 | participant_id)", table))
    return Abstinence(
        asked=asked,
        definition=table.attrs["definition_sentence"],
        shares=_shares(study, asked),
        averages=averages,
        conditional=conditional,
        alike=_alike(averages, asked.margin),
        meaning=meaning,
    )


def abstinence_table(study: Study, asked: AbstinenceQuestion) -> pd.DataFrame:
    """One row is a participant at a wave; see ``remission.tables.abstinence_at_waves``."""
    names = required(asked.terms) - TABLE_COLUMNS
    measures = sorted(name for name in names if name in study.protocol.measures)
    first = f"_at_{study.protocol.waves[0].name}"
    at_first = {name: name.removesuffix(first) + first.replace("_at_", "@") for name in names if name.endswith(first)}
    table = abstinence_at_waves(
        study,
        measures,
        [at_first.get(name, name) for name in sorted(names - set(measures))],
        measure=asked.measure,
        days=asked.days,
        lag_waves=asked.lag_waves,
        same_wave=asked.same_wave,
        missing=asked.missing,
        waves=asked.at,
    )
    return table.rename(columns={stored: name for name, stored in at_first.items()})


def _shares(study: Study, asked: AbstinenceQuestion) -> pd.DataFrame:
    everyone = abstinence_at_waves(study, measure=asked.measure, days=asked.days, missing="use", waves=asked.at)
    known = abstinence_at_waves(study, measure=asked.measure, days=asked.days, waves=asked.at)
    due = everyone.groupby("wave", sort=False)["abstinent"].agg(["size", "sum"])
    told = known.groupby("wave", sort=False).size().reindex(due.index).fillna(0).astype(int)
    shares = pd.DataFrame(
        {
            "wave": due.index,
            "due": due["size"].to_numpy(),
            "known": told.to_numpy(),
            "abstinent": due["sum"].to_numpy(dtype=int),
        }
    )
    shares = shares.assign(
        share=shares["abstinent"] / shares["known"].replace(0, np.nan),
        share_if_missing_used=shares["abstinent"] / shares["due"],
    )
    order = {wave.name: number for number, wave in enumerate(study.protocol.waves)}
    return shares.sort_values("wave", key=lambda names: names.map(order), ignore_index=True)


def _alike(averages: Coefficients | Problem, margin: float | None) -> Estimates | Problem | None:
    if margin is None:
        return None
    if isinstance(averages, Problem):
        return averages
    interactions = [term for term in averages.tidy()["term"] if re.search(r":(?![^\[]*\])", str(term))]
    if not interactions:
        return Problem(
            "No term of the model is an interaction. Write C(group) * involvement to ask whether it differs."
        )
    return answer_or_problem(lambda: _named(equivalence(averages, margin, scale="odds_ratio", term=interactions)))


def _named(verdicts: Estimates) -> Estimates:
    return replace(verdicts, estimand=replace(verdicts.estimand, quantity="ratio of odds ratios"))
