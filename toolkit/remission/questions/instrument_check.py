"""How well an instrument measures in a study: reliability by wave, floors and ceilings, gaps, change of persons."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.cohort import Study, answers
from remission.errors import NotEstimable
from remission.estimate import reliability, reliable_change, test_retest
from remission.estimate.result import Result
from remission.questions.problem import Problem, answer_or_problem
from remission.survey import Instrument, score, scored_items
from remission.survey.scale import Scale

WAVES = ("wave", "sheets", "scored", "with_gaps", "mean", "sd", "floor", "ceiling")


@dataclass(frozen=True)
class ScaleCheck:
    """One scale of an instrument, as a study answered it.

    Attributes
    ----------
    scale : Scale
    waves : pandas.DataFrame
        One row is a wave: ``wave sheets scored with_gaps mean sd floor ceiling``; ``with_gaps`` are
        scores in which the missing rule stood in for an answer, floor and ceiling the shares of scores
        at the lowest and highest possible.
    reliability : Result, Problem or None
        By wave; None where the scale is not made of several items.
    retest : Result, Problem or None
        First against second answered wave.
    change : Result, Problem or None
        Reliable change from the first to the last answered wave; None where the definition does not say
        which side of the scale is better.
    change_basis : str
        Which reliability and spread the reliable change rests on.
    flagged : pandas.DataFrame
        Participants and waves whose score asks for attention at once; empty where the scale has no flag.
    """

    scale: Scale
    waves: pd.DataFrame
    reliability: Result | Problem | None
    retest: Result | Problem | None
    change: Result | Problem | None
    flagged: pd.DataFrame
    change_basis: str = ""


def check_instrument(study: Study, name: str) -> tuple[ScaleCheck, ...]:
    """Check every scale of an instrument on a study's answers.

    Raises
    ------
    DefinitionError
        There is no such instrument.
    NotEstimable
        Nobody answered it.
    """
    instrument = study.instrument(name)
    told = answers(study, instrument=name)
    if told.empty:
        raise NotEstimable(f"Nobody answered {name} in this study.", "Import or enter answers first.")
    order = [wave.name for wave in study.protocol.waves if (told["wave"] == wave.name).any()]
    scored = score(instrument, told)
    return tuple(_check(instrument, scale, told, scored, order) for scale in instrument.scales)


def _check(
    instrument: Instrument, scale: Scale, told: pd.DataFrame, scored: pd.DataFrame, order: list[str]
) -> ScaleCheck:
    mine = scored[scored["scale"] == scale.name].assign(score=lambda frame: frame["score"].astype(float))
    found, retest, change = None, None, None
    if len(scale.items) > 1 and scale.rule in ("sum", "mean"):
        found = answer_or_problem(lambda: _reliability(instrument, scale, told, order))
        once = mine[mine["about"] == ""]
        if len(order) > 1 and set(order) <= set(once["wave"]):
            retest = answer_or_problem(lambda: test_retest(once, first=order[0], second=order[1]))
            if scale.higher_is != "more":
                change = answer_or_problem(lambda: _change(instrument, scale, once, order, found))
    flagged = (mine[mine["score"] > 0] if scale.flag else mine[:0])[["participant_id", "wave"]]
    basis = _basis(instrument, scale, order) if isinstance(change, Result) else ""
    return ScaleCheck(scale, _waves(scale, mine, order), found, retest, change, flagged, basis)


def _basis(instrument: Instrument, scale: Scale, order: list[str]) -> str:
    published = published_alpha(instrument, scale)
    alpha = f"the published alpha {published:g}" if published is not None else f"the alpha at {order[0]}"
    return f"From {order[0]} to {order[-1]}, with {alpha} and the standard deviation at {order[0]}."


def _reliability(instrument: Instrument, scale: Scale, told: pd.DataFrame, order: list[str]) -> Result:
    sheets = scored_items(instrument, told, scale.name)
    by_wave = sheets.assign(wave=pd.Categorical(sheets["wave"], categories=order, ordered=True))
    return reliability(by_wave, list(scale.items), by="wave")


def _change(
    instrument: Instrument, scale: Scale, scored: pd.DataFrame, order: list[str], found: Result | Problem | None
) -> Result:
    wide = scored.pivot(index="participant_id", columns="wave", values="score")
    before, after = order[0], order[-1]
    alpha = published_alpha(instrument, scale)
    if alpha is None:
        alpha = _observed_alpha(found, before)
    spread = float(wide[before].std())
    if not (spread > 0 and 0 < alpha < 1):
        raise NotEstimable("Reliable change needs scores that vary and a reliability between 0 and 1.", "See above.")
    return reliable_change(
        wide.reset_index(),
        before=before,
        after=after,
        sd=spread,
        reliability=alpha,
        mcid=scale.mcid,
        higher_is="worse" if scale.higher_is == "worse" else "better",
    )


def published_alpha(instrument: Instrument, scale: Scale) -> float | None:
    """Return the alpha that the instrument's file cites for a scale, if it does."""
    alphas = [each for each in instrument.reliability if "alpha" in each.coefficient.lower()]
    named = [each.value for each in alphas if each.scale == scale.name]
    whole = [each.value for each in alphas if each.scale is None] if len(instrument.scales) == 1 else []
    return next(iter([*named, *whole]), None)


def _observed_alpha(found: Result | Problem | None, wave: str) -> float:
    if not isinstance(found, Result):
        raise NotEstimable("Reliable change needs a reliability.", "None is published and none could be estimated.")
    rows = found.table[(found.table["term"] == "alpha") & (found.table["stratum"].astype(str) == wave)]
    if rows.empty or not 0 < float(rows["estimate"].iloc[0]) < 1:
        raise NotEstimable("Reliable change needs a reliability between 0 and 1.", "Too few sheets give one.")
    return float(rows["estimate"].iloc[0])


def _waves(scale: Scale, scored: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    low, high = scale.range or (np.nan, np.nan)
    rows = []
    for wave in order:
        here = scored[scored["wave"] == wave]
        known = here["score"].dropna()
        rows.append(
            {
                "wave": wave,
                "sheets": len(here),
                "scored": len(known),
                "with_gaps": int((here["n_filled"] > 0).sum()),
                "mean": known.mean(),
                "sd": known.std(),
                "floor": (known == low).mean() if scale.range and len(known) else np.nan,
                "ceiling": (known == high).mean() if scale.range and len(known) else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=list(WAVES))
