"""Means over waves with a residual covariance of the waves (mixed model for repeated measures)."""

from typing import Any

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice, require_level
from remission.estimate.kernels.cluster_sandwich import cluster_sandwich
from remission.estimate.kernels.covariance_structures import Grid, Serial
from remission.estimate.kernels.kenward_roger import KenwardRoger, kenward_roger
from remission.estimate.kernels.marginal_solution import MarginalSolution, solve_marginal
from remission.estimate.kernels.satterthwaite import Satterthwaite
from remission.estimate.mmrm_checks import COLLAPSED, mmrm_checks, smallest_eigenvalue
from remission.estimate.mmrm_covariance import (
    CORRELATIONS,
    VARIANCES,
    correlation_of_neighbours,
    covariance_table,
    linear_bases,
    structure_of,
)
from remission.estimate.mmrm_data import MmrmData, mmrm_data
from remission.estimate.mmrm_fit import MmrmFit, WavePredictor, coefficient_table
from remission.estimate.result import Estimand, Method

ERRORS = ("model", "robust", "mancl-derouen")
DF_KINDS = ("satterthwaite", "kenward-roger", "clusters", "residual", "normal")
REFERENCE = "Mallinckrodt et al. 2008, doi:10.1177/009286150804200402"


def mmrm(
    formula: str,
    table: pd.DataFrame,
    *,
    groups: str = "participant_id",
    wave: str = "wave",
    correlation: str = "unstructured",
    variance: str = "by wave",
    order: str | None = None,
    day: str | None = None,
    reml: bool = True,
    errors: str = "model",
    df: str | None = None,
    conf_level: float = 0.95,
) -> MmrmFit:
    """Differences in the mean of a repeated measure, with residuals that are correlated within a participant.

    No random effects: how a person's residuals go together over the waves is modelled as it is, by default with every
    variance and covariance free. Residuals are taken as normal. People with missed waves stay in; their missing
    outcomes must be missing at random, given the observed outcomes and the covariates.

    Parameters
    ----------
    formula : str
        For example ``"score ~ C(wave) * C(group) + baseline"``.
    table : pandas.DataFrame
        One row is a participant at a wave. Rows with a missing value are left out and counted.
    groups : str
        Column within whose values rows are correlated.
    wave : str
        Column of waves: numbers, categories, or words. ``ar1`` needs numbers, ordered categories, or ``order``.
    correlation : {"unstructured", "exchangeable", "ar1", "car1", "independence"}
        ``exchangeable`` is compound symmetry. ``ar1`` counts waves, ``car1`` the distance in ``day``.
    variance : {"by wave", "common"}
        Whether each wave has a residual variance of its own; always so for ``unstructured``.
    order : str, optional
        Column of numbers, such as ``months``, by whose means waves that are words stand in order; the first of them is
        then what ``C(wave)`` compares with.
    day : str, optional
        Column of real interview days, for ``car1``.
    reml : bool
        Restricted likelihood. Compare models with different formulas only with ``reml=False``.
    errors : {"model", "robust", "mancl-derouen"}
        What holds if the covariance model is right; the sandwich, which holds for many participants even if not; or
        the sandwich corrected for few.
    df : {"satterthwaite", "kenward-roger", "clusters", "residual", "normal"}, optional
        Reference law. Where not given: Satterthwaite's t for errors of the model, t with participants less coefficients
        for robust ones. Kenward and Roger's also enlarges the errors; it is there for covariances that are linear in
        their parameters: ``unstructured``, ``independence``, and ``exchangeable`` with a common variance.
    conf_level : float
        Between 0 and 1.

    Returns
    -------
    MmrmFit
        ``tidy()`` holds the coefficients, ``covariances()`` the residual covariance of the waves,
        ``wave_means(by=...)`` adjusted means at the waves and differences between groups, ``predict`` expected
        outcomes of new rows.

    Raises
    ------
    DefinitionError
        The formula, a column or an option is wrong, or a participant has two rows at a wave.
    NotEstimable
        The rows cannot carry the model; the sentence names the waves or the column.

    References
    ----------
    Mallinckrodt CH, Lane PW, Schnell D, Peng Y, Mancuso JP (2008). Recommendations for the primary analysis of
    continuous endpoints in longitudinal clinical trials. doi:10.1177/009286150804200402. Kenward MG, Roger JH (1997).
    Small sample inference for fixed effects from restricted maximum likelihood. doi:10.2307/2533558. Jennrich RI,
    Schluchter MD (1986). Unbalanced repeated-measures models with structured covariance matrices. doi:10.2307/2530695
    """
    options = {
        "formula": formula,
        "groups": groups,
        "wave": wave,
        "order": order,
        "correlation": correlation,
        "variance": variance,
        "day": day,
        "reml": reml,
        "errors": errors,
        "df": df or ("satterthwaite" if errors == "model" else "clusters"),
        "conf_level": conf_level,
    }
    _require_options(options)
    data = mmrm_data(formula, table, groups, wave, order, day)
    structure, key = structure_of(data, correlation, variance == "common")
    solution = _solved(data, structure, key, reml)
    return _result(data, solution, structure, options, table.attrs.get("time_origin", ""))


def _require_options(options: dict[str, Any]) -> None:
    known = {"correlation": CORRELATIONS, "variance": VARIANCES, "errors": ERRORS, "df": DF_KINDS}
    for name, choices in known.items():
        require_choice(name, options[name], choices)
    require_level(options["conf_level"])
    structure, common, law = options["correlation"], options["variance"] == "common", options["df"]
    if structure == "unstructured" and common:
        raise DefinitionError(
            "An unstructured covariance has a variance for each wave.", "Use variance='by wave', or 'exchangeable'."
        )
    if (structure == "car1") != (options["day"] is not None):
        raise DefinitionError(
            "correlation='car1' and a column of days belong together.",
            "Name both, as in correlation='car1', day='day'.",
        )
    if law in ("satterthwaite", "kenward-roger") and options["errors"] != "model":
        raise DefinitionError(f"df={law!r} goes with errors of the model.", "Use df='clusters' with robust errors.")
    if law == "kenward-roger":
        linear = structure in ("unstructured", "independence") or (structure == "exchangeable" and common)
        if not linear or not options["reml"]:
            raise DefinitionError(
                "Kenward and Roger's adjustment is here for REML and covariances that are linear in their parameters.",
                "Use 'unstructured', or 'exchangeable' with variance='common', or df='satterthwaite'.",
            )


def _solved(data: MmrmData, structure: Grid | Serial, key: np.ndarray, reml: bool) -> MarginalSolution:
    singular = NotEstimable(
        f"The residual covariance of the {len(data.waves)} waves runs to one without an inverse.",
        "Use a covariance with fewer parameters ('exchangeable', 'ar1'), or fewer waves.",
    )
    try:
        solution = solve_marginal(data.design.matrix, data.y, data.cluster, key, structure, reml)
    except (np.linalg.LinAlgError, FloatingPointError):
        raise singular from None
    if not solution.search.converged and smallest_eigenvalue(solution) < COLLAPSED:
        raise singular
    return solution


def _errors(
    data: MmrmData, solution: MarginalSolution, options: dict[str, Any]
) -> tuple[np.ndarray, Satterthwaite | KenwardRoger | float]:
    """Return the variance of the coefficients and where degrees of freedom come from."""
    vcov, law = solution.vcov, options["df"]
    if options["errors"] != "model":
        try:
            vcov = cluster_sandwich(solution, corrected=options["errors"] == "mancl-derouen")
        except np.linalg.LinAlgError:
            raise NotEstimable(
                f"One value of '{options['groups']}' alone determines a coefficient.", "Use errors='robust'."
            ) from None
    if law == "kenward-roger":
        adjusted = kenward_roger(solution, linear_bases(data, solution, options["correlation"], options["variance"]))
        return adjusted.vcov, adjusted
    terms = len(data.design.terms)
    fixed = {
        "normal": np.inf,
        "residual": float(len(data.y) - terms),
        "clusters": float(int(data.cluster.max()) + 1 - terms),
    }
    if law == "clusters" and fixed[law] < 1:
        raise NotEstimable(
            f"There are {int(data.cluster.max()) + 1} participants for {terms} coefficients.", "Leave terms out."
        )
    return vcov, fixed.get(law, solution.satterthwaite)


def _result(
    data: MmrmData, solution: MarginalSolution, structure: Grid | Serial, options: dict[str, Any], time_origin: str
) -> MmrmFit:
    terms = list(data.design.terms)
    vcov, small = _errors(data, solution, options)
    first = np.unique(data.cluster, return_index=True)[1]
    column = data.rows[options["wave"]]
    values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else np.sort(column.unique())
    predictor = WavePredictor(data.design, small, data.rows.iloc[first], options["wave"], tuple(values))
    freedom = predictor.degrees_of_freedom(np.eye(len(terms)))
    law = "REML" if options["reml"] else "maximum likelihood"
    shift = solution.criterion - solution.at.value
    held = covariance_table(data, solution, structure, options["correlation"])
    return MmrmFit(
        estimand=Estimand(
            "difference in the mean",
            event=data.outcome,
            contrast="unit, or category against the first",
            time_origin=time_origin,
        ),
        method=Method(f"Repeated measures, {options['correlation']} residual covariance, by {law}", REFERENCE, options),
        sample=data.sample,
        table=coefficient_table(terms, solution.beta, vcov, freedom, options["conf_level"]),
        checks=mmrm_checks(data, solution, options["correlation"], options["errors"], held),
        trace=pd.DataFrame(
            [(value + shift, slope) for value, slope in solution.search.iterations],
            columns=["deviance", "largest_gradient"],
        ),
        vcov=pd.DataFrame(vcov, index=terms, columns=terms),
        log_likelihood=-solution.criterion / 2,
        fitted=predictor,
        degrees_of_freedom=pd.DataFrame({"term": terms, "df": freedom}),
        covariance_table=held,
        correlation_at=correlation_of_neighbours(structure, solution.search.at, options["correlation"]),
        reml=options["reml"],
        n_clusters=int(data.cluster.max()) + 1,
        n_parameters=len(terms) + solution.search.at.size,
    )
