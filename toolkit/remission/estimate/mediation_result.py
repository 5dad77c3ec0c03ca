"""The result of a mediation analysis, and the words for what it estimates."""

from dataclasses import dataclass, field

import pandas as pd

from remission.estimate.mediation_data import Chain, MediationData
from remission.estimate.mediation_timing import CROSS_SECTIONAL, LAGGED, PARTLY, Timing
from remission.estimate.record import Estimand, Estimates

MEDIATION_COLUMNS = (
    "term",
    "contrast",
    "kind",
    "scale",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "model_error",
)


@dataclass(frozen=True, kw_only=True)
class Mediation(Estimates):
    """Total, direct and indirect effects; ``table`` has the columns of ``MEDIATION_COLUMNS``.

    Attributes
    ----------
    chain : Chain
        Exposure, mediators in order, outcome.
    timing : Timing
        Lagged, cross-sectional, or not known.
    sensitivity : pandas.DataFrame
        ``quantity estimate sentence``: what hidden confounding would have to be.
    rho_curve : pandas.DataFrame
        ``rho indirect``: the indirect effect under each correlation of errors; empty where there is no formula.
    replicates : pandas.DataFrame
        One row is a replicate, one column a row of the table; failed ones are left out.
    assumptions : tuple of str
        What is estimated, what is not, and on which beliefs.
    """

    chain: Chain
    timing: Timing
    sensitivity: pd.DataFrame = field(repr=False)
    rho_curve: pd.DataFrame = field(repr=False)
    replicates: pd.DataFrame = field(repr=False)
    assumptions: tuple[str, ...] = ()

    def effects(self) -> pd.DataFrame:
        """Return the rows of effects and paths, without the coefficients of the arrows."""
        return self.table[self.table["kind"] != "coefficient"].reset_index(drop=True)

    def arrows(self) -> pd.DataFrame:
        """Return the coefficients of the arrows."""
        return self.table[self.table["kind"] == "coefficient"].reset_index(drop=True)

    def summary(self) -> str:
        """Return the result as text, with timing, assumptions and sensitivity."""
        # Any other timing is a failed check, and those are told already.
        lagged = [self.timing.sentence] if self.timing.label == LAGGED else []
        told = [*lagged, *self.assumptions, *dict.fromkeys(self.sensitivity["sentence"])]
        return super().summary() + "".join(f"{sentence}\n" for sentence in told)


def estimand_of(data: MediationData, chain: Chain, timing: Timing) -> Estimand:
    """Say what the numbers are about; a chain measured at one time is called that first."""
    how = {
        LAGGED: "lagged",
        PARTLY: "partly cross-sectional",
        CROSS_SECTIONAL: "cross-sectional",
    }.get(timing.label, "untimed")
    kind = "" if len(chain.mediators) == 1 else "parallel " if chain.parallel else "serial "
    scale = "risk" if data.rows.logistic else "mean"
    through = " and ".join(chain.mediators) if chain.parallel else ", then ".join(chain.mediators)
    return Estimand(
        quantity=f"{how} {kind}mediation through {through}: direct and indirect difference in the {scale}",
        event=chain.outcome,
        contrast=f"{chain.exposure} {data.labels[1]} against {data.labels[0]}",
        horizon=_horizon(chain, timing),
    )


def _horizon(chain: Chain, timing: Timing) -> str:
    if not timing.measured_at:
        return ""
    return ", ".join(f"{name} at {timing.measured_at[name]:g}" for name in chain.names)


def assumptions_of(data: MediationData, chain: Chain) -> tuple[str, ...]:
    """Say what is estimated and on which beliefs."""
    several = len(chain.mediators) > 1
    said = [
        "Read as causes only if nothing hidden moves exposure and mediators, exposure and outcome, or mediators and "
        "outcome, and no cause of both mediator and outcome was itself changed by the exposure."
    ]
    if data.rows.logistic:
        said.append(
            "Effects are differences in risk, averaged over the participants' covariates (logistic outcome, linear "
            "mediators with normal residuals); "
            + (
                "the indirect effect is through all mediators together, which needs no belief on how they act on one "
                "another."
                if several
                else "they are natural direct and indirect effects."
            )
        )
        said.append(
            "Specific paths are products on the log odds scale: they do not add up to the difference in risk. What "
            "each path adds to the risk is not identified without beliefs across worlds (Daniel and others 2015)."
            if several
            else "The path product is on the log odds scale and does not equal the difference in risk."
        )
    elif several:
        said.append(
            "Specific paths are products of linear coefficients and add up to the total indirect effect; each is an "
            "effect only if no mediator changes what another, or the exposure, does (no interaction)."
        )
    return tuple(said)
