"""Who did not answer a measure, and what a comparison comes to under several views of their answers."""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from remission.cohort import Study
from remission.cohort.question_plan import MissingQuestion
from remission.errors import NotEstimable
from remission.estimate import delta_adjusted, gee, impute, missing_waves, pool, tipping_point
from remission.estimate.delta_adjusted import Tipping
from remission.estimate.formula import required
from remission.estimate.imputation import Imputed
from remission.estimate.missing_waves import MissingWaves
from remission.estimate.result import Coefficients, Estimates
from remission.estimate.workers import ALONE, Crew
from remission.questions.problem import Problem, answer_or_problem
from remission.tables.covariates import covariates_at
from remission.tables.follow_up_end import looked_on
from remission.tracking import dispositions

WHO = "participant_id"
LOG_ODDS = 6.0
OUT_OF_QUESTION = ("deceased", "not_yet_due")
NOT_THIS = "interviewed, but not asked or not answered"
ANSWERED = ("completed_in_window", "completed_out_of_window", "partial")


@dataclass(frozen=True)
class Missing:
    """Patterns of a measure, and a comparison at one wave.

    Attributes
    ----------
    asked : MissingQuestion
    patterns : MissingWaves
    complete : Coefficients or Problem
        Of those who answered.
    pooled : Estimates or Problem
        Over imputed copies.
    moved : Estimates, Problem or None
        With imputed values moved by each delta.
    tipping : tuple of Tipping
        For each group against the first, in the direction in which the conclusion is nearest to changing.
    not_asked : int
        Participants who had died or were not yet due; nothing is imputed for them.
    """

    asked: MissingQuestion
    patterns: MissingWaves
    complete: Coefficients | Problem
    pooled: Estimates | Problem
    moved: Estimates | Problem | None
    tipping: tuple[Tipping, ...]
    not_asked: int


def missing(study: Study, asked: MissingQuestion, crew: Crew = ALONE) -> Missing:
    """Describe what is missing of a measure, and compare groups by it with the gaps filled several times.

    The measure at all waves, those of ``beside`` and the covariates take part in the imputation. Nothing is imputed for
    those who had died by the wave or were not yet due.

    Parameters
    ----------
    study : Study
    asked : MissingQuestion
        From study.yaml (questions: missing).
    crew : Crew
        Who computes the copies.

    Raises
    ------
    NotEstimable
        Nobody answered the measure.
    """
    wide, waves, reasons = _wide(study, asked)
    at = f"{asked.measure}_at_{asked.at}"
    gone = reasons[asked.at].isin(OUT_OF_QUESTION).to_numpy() if asked.at in reasons else None
    not_asked = int(gone.sum()) if gone is not None else 0
    patterns = missing_waves(
        wide.rename(columns={f"{asked.measure}_at_{wave}": wave for wave in waves}), waves, reasons=reasons
    )
    if not wide[at].notna().any():
        raise NotEstimable(f"Nobody answered '{asked.measure}' at {asked.at}.", "Ask for another wave or measure.")
    kept = wide if gone is None else wide[~gone].reset_index(drop=True)
    analyse = partial(_compare, at=at, terms=asked.terms)
    complete = answer_or_problem(lambda: _compare(kept.dropna(subset=[at]), at, asked.terms))
    imputed = answer_or_problem(lambda: _imputed(kept, asked, crew))
    if isinstance(imputed, Problem):
        return Missing(asked, patterns, complete, imputed, None, (), not_asked)
    fits = answer_or_problem(lambda: [analyse(copy) for copy in imputed.tables])
    if isinstance(fits, Problem):
        return Missing(asked, patterns, complete, fits, None, (), not_asked)
    # What the complete fit would have: participants less terms.
    left = float(len(kept.dropna(subset=sorted(required(asked.terms)))) - len(fits[0].tidy()))
    pooled = answer_or_problem(lambda: pool(fits, df_complete=left))
    if at not in imputed.methods:
        return Missing(asked, patterns, complete, pooled, None, (), not_asked)
    moved = None
    if asked.deltas:
        moved = answer_or_problem(
            lambda: delta_adjusted(imputed, analyse, [at], sorted({0.0, *asked.deltas}), df_complete=left)
        )
    tipping = _tipping(imputed, kept, asked, at, pooled, left) if isinstance(pooled, Estimates) else ()
    return Missing(asked, patterns, complete, pooled, moved, tipping, not_asked)


def _wide(study: Study, asked: MissingQuestion) -> tuple[pd.DataFrame, list[str], pd.DataFrame]:
    """Return one row a participant with all that takes part, the waves, and why each was not answered."""
    waves = [wave.name for wave in study.protocol.standing_waves]
    last = max(float(wave.day) for wave in study.protocol.waves)
    frames = []
    for name in dict.fromkeys([asked.measure, *asked.beside]):
        of_waves = covariates_at(study, [f"{name}@{wave}" for wave in waves], last).frame
        frames.append(of_waves.rename(columns=lambda column: str(column).replace("@", "_at_")))
    own = [column for column in frames[0] if frames[0][column].notna().any()]
    waves = [wave for wave in waves if f"{asked.measure}_at_{wave}" in own or wave == asked.at]
    held = [
        frame.loc[:, frame.notna().any() | frame.columns.isin([f"{asked.measure}_at_{asked.at}"])] for frame in frames
    ]
    covariates = covariates_at(study, sorted(required(asked.terms))).frame
    wide = pd.concat([*held, covariates], axis=1).rename_axis(WHO).reset_index()
    found = dispositions(study, looked_on(study))
    told = found.assign(disposition=found["disposition"].mask(found["disposition"].isin(ANSWERED), NOT_THIS))
    told = told.pivot(index=WHO, columns="wave", values="disposition")
    return wide, waves, told.reindex(wide[WHO]).reset_index(drop=True).rename_axis(columns=None)


def _compare(table: pd.DataFrame, at: str, terms: str) -> Coefficients:
    fit = gee(f"{at} ~ {terms}", table, family="gaussian", correlation="independence", df="groups")
    # One wave of everybody: that nobody has two rows is meant.
    return replace(fit, checks=tuple(check for check in fit.checks if check.name != "repeated outcomes"))


def _imputed(kept: pd.DataFrame, asked: MissingQuestion, crew: Crew) -> Imputed:
    return impute(
        kept,
        copies=asked.copies,
        iterations=asked.iterations,
        seed=asked.seed,
        workers=crew.workers,
        cluster=crew.cluster,
    )


def _tipping(
    imputed: Imputed, kept: pd.DataFrame, asked: MissingQuestion, at: str, pooled: Estimates, left: float
) -> tuple[Tipping, ...]:
    """Move the imputed values of one group by up to two standard deviations, or six log odds and to the end."""
    in_odds = at in imputed.copies[0].log_odds
    furthest = LOG_ODDS if in_odds else 2 * float(kept[at].std())
    found: list[Tipping] = []
    analyse = partial(_compare, at=at, terms=asked.terms)
    first = analyse(imputed.tables[0]).tidy()
    for by in sorted(required(asked.terms)):
        for term in first["term"]:
            level = str(term).partition("[T.")[2].removesuffix("]")
            if not str(term).startswith(f"C({by})[T.") or ":" in str(term) or not level:
                continue
            among = kept[by].astype(str) == level
            if not (among & kept[at].isna()).any():
                continue
            way = _way(pooled, str(term))
            found.append(
                tipping_point(imputed, analyse, [at], str(term), way * furthest, among=among, df_complete=left)
            )
    return tuple(found)


def _way(pooled: Estimates, term: str) -> int:
    """Tell in which direction the conclusion is nearest to changing."""
    row = pooled.table.set_index("term").loc[term]
    is_open = row["conf_low"] <= 0 <= row["conf_high"]
    sign = 1 if row["estimate"] > 0 else -1
    return sign if is_open else -sign
