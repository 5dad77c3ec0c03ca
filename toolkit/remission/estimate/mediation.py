"""Through what an exposure acts: simple, serial and parallel mediation."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice, require_level
from remission.estimate.kernels.bootstrap_interval import bootstrap_interval
from remission.estimate.mediation_checks import mediation_checks
from remission.estimate.mediation_data import Chain, MediationData, covariate_columns, mediation_data
from remission.estimate.mediation_errors import model_errors
from remission.estimate.mediation_fit import COEFFICIENT, RATIO, Plan, Quantity, plan_of, quantities, replicates
from remission.estimate.mediation_result import MEDIATION_COLUMNS, Mediation, assumptions_of, estimand_of
from remission.estimate.mediation_sensitivity import rho_table, sensitivity_table
from remission.estimate.mediation_timing import Timing, timing_of
from remission.estimate.record import Method
from remission.estimate.workers import Crew

LINEAR = "Preacher and Hayes 2008, doi:10.3758/BRM.40.3.879; MacKinnon and others 2004, doi:10.1207/s15327906mbr3901_4"
BINARY = (
    "VanderWeele and Vansteelandt 2014, doi:10.1515/em-2012-0010; Imai, Keele and Tingley 2010, doi:10.1037/a0020761; "
    "Daniel and others 2015, doi:10.1111/biom.12248"
)
FEWEST_REPLICATES = 100


def mediation(
    table: pd.DataFrame,
    exposure: str,
    mediators: str | Sequence[str],
    outcome: str,
    covariates: Sequence[str] = (),
    *,
    parallel: bool = False,
    interaction: bool = False,
    measured_at: Mapping[str, float] | None = None,
    outcome_kind: str = "auto",
    contrast: tuple[object, object] = (0, 1),
    bootstrap: int = 1000,
    interval: str = "percentile",
    conf_level: float = 0.95,
    seed: int = 0,
    participant: str = "participant_id",
    workers: int = 1,
    cluster: str = "",
) -> Mediation:
    """Split an effect into what passes through mediators and what does not.

    Mediators stand in series: each may act on those after it and on the outcome. Every equation holds the exposure
    and all covariates; name the mediators' and the outcome's baseline values among them. Mediators have linear
    equations; so has a continuous outcome, and a binary one is logistic.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant. Several rows of one participant are drawn together.
    exposure : str
        Column of numbers, or of groups of which ``contrast`` names two (others are left out).
    mediators : str or sequence of str
        One to six columns, in the order in which they act.
    outcome : str
    covariates : sequence of str
        Columns or terms of a formula, like ``"C(site)"``.
    parallel : bool
        Mediators do not act on one another.
    interaction : bool
        Let the effect of the one mediator differ by exposure.
    measured_at : mapping of str to float, optional
        Wave or day of each column; where not given, the table's ``attrs["measured_day"]``. A chain of one time is
        called cross-sectional.
    outcome_kind : {"auto", "continuous", "binary"}
        ``auto``: binary where it holds 0 and 1 only.
    contrast : (low, high)
        Levels of the exposure that are compared.
    bootstrap : int
        Replicates, at least 100; participants are drawn with replacement.
    interval : {"percentile", "bias_corrected"}
    conf_level : float
    seed : int
        The same seed gives the same numbers; more replicates go on where fewer ended.
    participant : str
        Column that names participants; every row is one where the table has no ``participant_id``.
    workers, cluster
        Who computes the replicates, as in ``run_tasks``; the numbers are the same.

    Returns
    -------
    Mediation
        ``term contrast kind scale estimate std_error conf_low conf_high p_value model_error``. Kind ``effect``: total,
        direct, total indirect (with ``interaction`` also pure indirect and total direct), in units of the outcome or as
        a risk difference; total = direct + total indirect. Kind ``specific path``: the product along each of the
        2^k - 1 ways through k mediators (k in parallel), of a binary outcome on the log odds scale. Kind
        ``coefficient``: each arrow, per unit. ``std_error``, limits and ``p_value`` (the level at which the interval
        reaches 0) are of the bootstrap; ``model_error`` is that of the regression or, for products, of the delta
        method (Sobel's for one mediator), where there is one.

        For a binary outcome the effects are natural (one mediator) or through all mediators jointly (several):
        predicted risks with exposure and mediators set apart, integrated over the mediators and averaged over the
        participants used.

    Raises
    ------
    DefinitionError
        A column is absent or of the wrong kind, or a mediator was measured before the exposure or after the outcome.
    NotEstimable
        The rows cannot carry the models, or most replicates fail.

    References
    ----------
    Preacher KJ, Hayes AF (2008). Asymptotic and resampling strategies for assessing and comparing indirect effects in
    multiple mediator models. doi:10.3758/BRM.40.3.879. VanderWeele TJ, Vansteelandt S (2014). Mediation analysis with
    multiple mediators. doi:10.1515/em-2012-0010. Imai K, Keele L, Yamamoto T (2010). Identification, inference and
    sensitivity analysis for causal mediation effects. doi:10.1214/10-STS321. Daniel RM, De Stavola BL, Cousens SN,
    Vansteelandt S (2015). Causal mediation analysis with multiple mediators. doi:10.1111/biom.12248. Maxwell SE, Cole
    DA (2007). Bias in cross-sectional analyses of longitudinal mediation. doi:10.1037/1082-989X.12.1.23.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from remission.estimate import mediation
    >>> draw = np.random.default_rng(1)
    >>> help_given = draw.integers(0, 2, 400)
    >>> purpose = help_given + draw.normal(size=400)
    >>> wellbeing = 2 * purpose + draw.normal(size=400)
    >>> people = pd.DataFrame({"help": help_given, "purpose": purpose, "wellbeing": wellbeing})
    >>> months = {"help": 0, "purpose": 6, "wellbeing": 12}
    >>> found = mediation(people, "help", "purpose", "wellbeing", measured_at=months)
    >>> found.timing.label, found.table["term"].tolist()[:3]
    ('lagged', ['total', 'direct', 'total indirect'])
    """
    _require_options(bootstrap, interval, conf_level, interaction, mediators, parallel)
    chain = Chain(exposure, (mediators,) if isinstance(mediators, str) else tuple(mediators), outcome, parallel)
    terms = tuple(covariates)
    data = mediation_data(table, chain, terms, contrast, outcome_kind, interaction, participant)
    timing = timing_of(table, measured_at, chain.names, parallel, covariate_columns(terms))
    plan = plan_of(data)
    kept = _replicates(plan, bootstrap, seed, Crew(workers, cluster))
    how = {"bootstrap": bootstrap, "interval": interval, "conf_level": conf_level, "seed": seed}
    what = {"parallel": parallel, "interaction": interaction, "covariates": terms, "contrast": contrast}
    return _result(chain, timing, plan, kept, what | how)


def _replicates(plan: Plan, bootstrap: int, seed: int, crew: Crew) -> np.ndarray:
    """Return the replicates that could be fitted, and refuse if most could not."""
    drawn = replicates(plan, bootstrap, seed, crew)
    kept: np.ndarray = drawn[np.isfinite(drawn[:, 0])]
    if len(kept) < bootstrap / 2:
        raise NotEstimable(
            f"{bootstrap - len(kept)} of {bootstrap} replicates could not be fitted: participants are too few for "
            "these columns.",
            "Name fewer mediators or covariates, or join rare categories.",
        )
    return kept


def _result(chain: Chain, timing: Timing, plan: Plan, kept: np.ndarray, options: dict[str, Any]) -> Mediation:
    data = plan.data
    values, fits = plan.values(np.ones((1, data.people)))
    if not fits.usable[0]:
        raise NotEstimable("The equations did not settle.", "Join rare categories, or name fewer columns.")
    rows = _table(quantities(chain, plan), plan, values[0], kept, model_errors(plan, fits), options)
    shown = rows["kind"] != RATIO
    indirect = rows[rows["term"] == "total indirect"]
    bootstrap = int(options["bootstrap"])
    return Mediation(
        estimand=estimand_of(data, chain, timing),
        method=Method(_name(data), BINARY if data.rows.logistic else LINEAR, options),
        sample=data.sample,
        table=rows[shown].reset_index(drop=True),
        checks=mediation_checks(data, chain, timing, len(plan.paths), bootstrap - len(kept), bootstrap),
        chain=chain,
        timing=timing,
        sensitivity=sensitivity_table(data, fits, chain, indirect.iloc[0], indirect.iloc[-1]),
        rho_curve=rho_table(data, fits),
        replicates=pd.DataFrame(kept[:, shown.to_numpy()], columns=rows.loc[shown, "term"].tolist()),
        assumptions=assumptions_of(data, chain),
    )


def _require_options(
    bootstrap: int, interval: str, conf_level: float, interaction: bool, mediators: object, parallel: bool
) -> None:
    require_choice("interval", interval, ("percentile", "bias_corrected"))
    require_level(conf_level)
    if bootstrap < FEWEST_REPLICATES:
        raise DefinitionError(
            f"bootstrap={bootstrap} is too few for an interval.", f"Give at least {FEWEST_REPLICATES}, better 5,000."
        )
    several = not isinstance(mediators, str) and len(list(mediators)) > 1  # type: ignore[call-overload]
    if several and interaction:
        raise DefinitionError(
            "interaction=True is for one mediator: with several, effects would hang on beliefs across worlds.",
            "Look at one mediator at a time.",
        )
    if parallel and not several:
        raise DefinitionError("parallel=True needs several mediators.", "Leave it out.")


def _name(data: MediationData) -> str:
    if data.rows.logistic:
        return "logistic outcome, linear mediators, standardised over participants; participants resampled"
    return "linear path models; participants resampled"


def _table(
    named: tuple[Quantity, ...],
    plan: Plan,
    values: np.ndarray,
    drawn: np.ndarray,
    errors: np.ndarray,
    options: dict[str, Any],
) -> pd.DataFrame:
    corrected, conf_level = options["interval"] == "bias_corrected", float(options["conf_level"])
    between = f"{plan.data.labels[0]} to {plan.data.labels[1]}"
    rows = []
    for quantity, value, draws, error in zip(named, values, drawn.T, errors, strict=True):
        found = [np.nan] * 4
        if np.isfinite(draws).all():
            limits = bootstrap_interval(draws, float(value), conf_level, corrected)
            found = [limits.std_error, limits.low, limits.high, limits.p_value]
        compared = "per unit" if quantity.kind == COEFFICIENT else between
        rows.append((quantity.term, compared, quantity.kind, quantity.scale, value, *found, error))
    return pd.DataFrame(rows, columns=list(MEDIATION_COLUMNS))
