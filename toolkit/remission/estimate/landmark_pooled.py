"""One Cox model for several landmarks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd
from scipy.special import ndtr

from remission.errors import DefinitionError
from remission.estimate.cox_data import CoxRows, cox_rows
from remission.estimate.cox_fit import case_weights, fit_cox
from remission.estimate.cox_result import CoxCoefficients, cox_coefficients
from remission.estimate.curves import require_choice, require_level
from remission.estimate.formula import Design, build_design, require_columns, required, split_sides
from remission.estimate.result import COEFFICIENT_COLUMNS, Check, Method

SHAPES = {"constant": 0, "linear": 1, "quadratic": 2}
POWERS = ("landmark_share", "landmark_share_squared")


@dataclass(frozen=True, kw_only=True)
class LandmarkCoefficients(CoxCoefficients):
    """Log hazard ratios from several landmarks together.

    Attributes
    ----------
    span : tuple of float
        First and last landmark; ``landmark_share`` runs from 0 to 1 between them.
    parts : dict of str to tuple of str
        For each column of a varying term its terms in the table: at the first landmark, then by powers of the
        share.
    """

    span: tuple[float, float]
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the linear predictor for new rows, which need the landmark beside the formula's columns."""
        name = self.method.options["landmark"]
        require_columns(table, [name])
        share = (table[name].astype(float) - self.span[0]) / (self.span[1] - self.span[0])
        return super().predict(table.assign(**{POWERS[0]: share, POWERS[1]: share**2}))

    def effects_at(self, landmarks: Sequence[float] | float) -> pd.DataFrame:
        """Give the log hazard ratios of the varying terms at given landmarks.

        Parameters
        ----------
        landmarks : float or sequence of float
            Between the first and the last landmark.

        Returns
        -------
        pandas.DataFrame
            ``landmark`` and the columns of coefficients; one row a term and landmark.

        Raises
        ------
        DefinitionError
            A landmark lies outside the fitted ones.
        """
        asked = np.atleast_1d(np.asarray(landmarks, dtype=float))
        low, high = self.span
        if not ((asked >= low) & (asked <= high)).all():
            raise DefinitionError("A landmark lies outside the fitted ones.", f"Ask between {low:g} and {high:g}.")
        share = (asked - low) / (high - low)
        place = {term: j for j, term in enumerate(self.table["term"])}
        z, estimates, vcov = self.method.options["z"], self.table["estimate"].to_numpy(), self.vcov.to_numpy()
        pieces = []
        for term, terms in self.parts.items():
            powers = np.column_stack([share**power for power in range(len(terms))])
            at = [place[name] for name in terms]
            centre = powers @ estimates[at]
            error = np.sqrt(np.einsum("ij,jk,ik->i", powers, vcov[np.ix_(at, at)], powers))
            limits = {"conf_low": centre - z * error, "conf_high": centre + z * error}
            rest = {"statistic": centre / error, "p_value": 2 * ndtr(-np.abs(centre / error))}
            head = {"term": term, "contrast": "log hazard ratio", "estimate": centre, "std_error": error}
            pieces.append(pd.DataFrame({"landmark": asked, **head, **limits, **rest}))
        empty = pd.DataFrame(columns=["landmark", *COEFFICIENT_COLUMNS])
        return pd.concat(pieces, ignore_index=True) if pieces else empty


def landmark_pooled(
    formula: str,
    table: pd.DataFrame,
    varying: str | Sequence[str] = (),
    *,
    shape: str = "linear",
    baseline: str = "strata",
    landmark: str = "landmark",
    cluster: str = "participant_id",
    ties: str = "breslow",
    conf_level: float = 0.95,
) -> LandmarkCoefficients:
    """Log hazard ratios of what is known at a landmark, from several landmarks together.

    Each landmark asks those still at risk anew, with what is known of them then; the model joins the answers, and
    lets an effect change smoothly with the landmark. A participant counts at several landmarks, so errors are
    robust by participant.

    Parameters
    ----------
    formula : str
        ``"Event(entry, exit, event) ~ ..."`` with the landmark as entry.
    table : pandas.DataFrame
        One row is a participant still at risk at a landmark, as of ``remission.tables.landmarks``.
    varying : str or sequence of str
        Terms of the formula whose effect may change with the landmark, such as ``"C(group)"``.
    shape : {"linear", "quadratic", "constant"}
        How it changes: with the landmark's share of the way from the first to the last, with its square as well,
        or not at all.
    baseline : {"strata", "smooth"}
        A baseline hazard for each landmark, or a common one that changes with the share and its square.
    landmark, cluster : str
        Columns.
    ties : {"breslow", "efron"}
        With a smooth baseline one event stands in several rows as a tie that is none, for which Breslow's way is
        the right one.
    conf_level : float

    Returns
    -------
    LandmarkCoefficients
        A varying term's own row is its log hazard ratio at the first landmark; ``effects_at`` gives the others.

    Raises
    ------
    NotEstimable
        No event, one participant only, a covariate that never varies, or covariates that repeat one another.
    DefinitionError
        A column or a term is wrong, an entry is not the row's landmark, or there is one landmark only.

    References
    ----------
    van Houwelingen HC (2007). Dynamic prediction by landmarking in event history analysis.
    doi:10.1111/j.1467-9469.2006.00529.x
    """
    require_choice("shape", shape, tuple(SHAPES))
    require_choice("baseline", baseline, ("strata", "smooth"))
    require_choice("ties", ties, ("breslow", "efron"))
    z = require_level(conf_level)
    terms = [varying] if isinstance(varying, str) else list(varying)
    shares, span = _with_shares(formula, table, landmark)
    layers = [landmark] if baseline == "strata" else []
    rows = cox_rows(formula, shares, layers, [cluster, landmark])
    powers = POWERS[: SHAPES[shape] if terms else 0]
    rows, parts = _with_products(rows, formula, terms, powers, baseline)
    fit = fit_cox(rows.data, rows.design, rows.layers, case_weights(rows.data.table, None), ties)
    options = {"ties": ties, "strata": layers, "cluster": cluster, "weights": None, "conf_level": conf_level}
    own = {"varying": terms, "shape": shape, "baseline": baseline, "landmark": landmark, "robust_by": cluster, "z": z}
    result = cox_coefficients(fit, cluster, table, {**options, **own})
    told = replace(
        result,
        method=Method(
            "Cox regression at several landmarks",
            "van Houwelingen 2007, doi:10.1111/j.1467-9469.2006.00529.x",
            result.method.options,
        ),
        checks=(*result.checks, _events_everywhere(rows.data.table[landmark], rows.data.event)),
    )
    return LandmarkCoefficients(**{f.name: getattr(told, f.name) for f in fields(told)}, span=span, parts=parts)


def _with_shares(formula: str, table: pd.DataFrame, landmark: str) -> tuple[pd.DataFrame, tuple[float, float]]:
    response, right = split_sides(formula)
    if response.kind != "Event" or len(response.names) != 3:
        raise DefinitionError("A landmark model needs the landmark as entry.", "Write Event(entry, exit, event) ~ ...")
    require_columns(table, [landmark, response.names[0]])
    days = pd.to_numeric(table[landmark], errors="coerce")
    if (days != pd.to_numeric(table[response.names[0]], errors="coerce")).any():
        raise DefinitionError(
            f"In some rows '{response.names[0]}' is not the landmark.", "Start each row's time at risk on its landmark."
        )
    taken = [name for name in (*POWERS, landmark) if name in required(right)]
    if taken:
        raise DefinitionError(f"The formula names '{taken[0]}' itself.", "Leave it out; varying= says what changes.")
    low, high = float(days.min()), float(days.max())
    if not low < high:
        raise DefinitionError("There is one landmark only.", "Use cox, or give several landmarks.")
    share = (days - low) / (high - low)
    shares = table.assign(**{POWERS[0]: share, POWERS[1]: share**2})
    shares.attrs = dict(table.attrs)
    return shares, (low, high)


def _with_products(
    rows: CoxRows, formula: str, varying: list[str], powers: Sequence[str], baseline: str
) -> tuple[CoxRows, dict[str, tuple[str, ...]]]:
    """Add the products of terms with the share; its own columns stay where the baseline is smooth only."""
    known = rows.design.columns_by_term()
    unknown = [term for term in varying if term not in known]
    if unknown:
        raise DefinitionError(f"The formula has no term '{unknown[0]}'.", f"It has {', '.join(known)}.")
    right = " + ".join(
        [split_sides(formula)[1], *POWERS, *(f"({term}):{power}" for term in varying for power in powers)]
    )
    whole = build_design(right, rows.data.table, intercept=False)
    kept = [j for j, term in enumerate(whole.terms) if baseline == "smooth" or term not in POWERS]
    design = Design(tuple(whole.terms[j] for j in kept), whole.matrix[:, kept], whole.spec)
    single = [rows.design.terms[j] for term in varying for j in known[term]]
    parts = {term: (term, *(_product(design, term, power) for power in powers)) for term in single}
    return CoxRows(rows.data, design, rows.layers), parts


def _product(design: Design, term: str, power: str) -> str:
    """Find the column that holds the product; formulaic decides on the order of its factors."""
    return next(name for name in design.terms if name in (f"{term}:{power}", f"{power}:{term}"))


def _events_everywhere(landmark: pd.Series, event: np.ndarray) -> Check:
    counts = pd.Series(event).groupby(landmark.to_numpy()).sum()
    quiet = [f"{day:g}" for day, count in counts.items() if count == 0]
    words = f"No event follows the landmark {', '.join(quiet)}, so it says nothing."
    return Check("events at every landmark", not quiet, words if quiet else "Events follow every landmark.")
