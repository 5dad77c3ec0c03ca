"""By how many points a score must change before it is more than the error of measurement."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from remission.cohort import EVERYONE, Study, answers
from remission.cohort.memory import remembered
from remission.estimate import reliability
from remission.estimate.kernels.reliable_change import error_of_difference
from remission.questions.instrument_check import published_alpha
from remission.questions.problem import Problem, answer_or_problem
from remission.survey import scored_items
from remission.tables import measure_scores

FEWEST = 30
CONF_LEVEL = 0.95
COLUMNS = ("measure", "label", "higher_is", "wave", "n", "sd", "reliability", "basis", "threshold")


@remembered
def yardsticks(study: Study) -> pd.DataFrame:
    """Work out how large a reliable change of each measure is, from everybody at the first wave that has it.

    The threshold is the normal quantile (95 %) times ``sd * sqrt(2 * (1 - reliability))``. Reliability is the alpha
    that the instrument's file cites, else Cronbach's alpha at that wave.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame
        One row is a measure of several items, sum or mean, with scores of at least 30 people: ``measure label
        higher_is wave n sd reliability basis threshold``. ``basis`` is ``published`` or ``this study``.

    References
    ----------
    Jacobson NS, Truax P (1991), doi:10.1037/0022-006X.59.1.12.
    """
    # The error of a scale is everybody's, also where one site looks at its own people.
    whole = study.for_purpose(EVERYONE).at_sites(None)
    rows = [row for row in (_yardstick(whole, name) for name in study.protocol.measures) if row is not None]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _yardstick(study: Study, name: str) -> tuple[object, ...] | None:
    measure = study.protocol.measures[name]
    instrument = study.instrument(measure.instrument)
    scale = next(each for each in instrument.scales if each.name == measure.scale)
    scores = measure_scores(study, name).dropna(subset="score")
    wave = next((one.name for one in study.protocol.waves if (scores["wave"] == one.name).any()), None)
    first = scores[scores["wave"] == wave]["score"]
    if wave is None or len(first) < FEWEST or len(scale.items) < 2 or scale.rule not in ("sum", "mean"):
        return None
    published = published_alpha(instrument, scale)
    alpha = published
    if alpha is None:
        sheets = scored_items(instrument, answers(study, instrument=measure.instrument, wave=wave), scale.name)
        found = answer_or_problem(lambda: reliability(sheets, list(scale.items)))
        if isinstance(found, Problem):
            return None
        alpha = float(found.table.loc[found.table["term"] == "alpha", "estimate"].iloc[0])
    sd = float(first.std(ddof=1))
    if not 0 < alpha < 1 or not sd > 0:
        return None
    threshold = float(norm.ppf(0.5 + CONF_LEVEL / 2)) * error_of_difference(sd, alpha)
    basis = "published" if published is not None else "this study"
    return name, measure.label, scale.higher_is, wave, len(first), sd, alpha, basis, float(np.round(threshold, 10))
