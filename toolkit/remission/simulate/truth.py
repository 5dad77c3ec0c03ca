"""The truth that a simulated cohort is made from."""

from dataclasses import dataclass, field
from math import exp, log

GROUPS = ("twelve_step", "smart", "lifering", "women_for_sobriety", "none")


def _no_effect() -> dict[str, float]:
    return dict.fromkeys(GROUPS, 0.0)


@dataclass(frozen=True)
class Growth:
    """A score over the waves: intercept, change a year, effect of involvement, spread.

    ``y = intercept + a + (slope + b) * years + involvement * points + error``, with ``a`` and ``b``
    normal and independent between participants, ``error`` between answers.
    """

    intercept: float
    slope: float
    involvement: float
    sd_intercept: float
    sd_slope: float
    sd_error: float


@dataclass(frozen=True)
class Truth:
    """What generates a cohort.

    The hazard of first use at time t is that of a log-logistic time with median ``median_days``
    and shape ``shape``, times ``exp(group effect + involvement_effect * (involvement - 2))``.
    A shape below 1 lets the hazard fall with accrued abstinence, as relapse curves do (Kirshenbaum,
    Olsen and Bickel 2009, doi:10.1016/j.jsat.2008.04.001).

    Attributes
    ----------
    median_days, shape : float
    group_effects : dict of str to float
        Log hazard ratios against attending no group.
    involvement_effect : float
        Log hazard ratio a point of involvement (0 to 5), which varies over time.
    dropout : float
        Chance, at each wave after the first, of not coming back, the same for all.
    dropout_after_use : float
        Added chance for those who have used since the wave before: dropout not at random.
    identity, confidence : Growth
        Recovery identity (1 to 7) and confidence not to use (0 to 100).
    """

    median_days: float = 330.0
    shape: float = 0.8
    group_effects: dict[str, float] = field(default_factory=_no_effect)
    involvement_effect: float = log(0.8)
    dropout: float = 0.06
    dropout_after_use: float = 0.0
    identity: Growth = Growth(3.6, 0.3, 0.2, 0.8, 0.25, 0.6)
    confidence: Growth = Growth(52.0, 6.0, 3.0, 12.0, 4.0, 9.0)

    def sentence(self) -> str:
        """Say the truth in words."""
        strongest = max(self.group_effects.values(), key=abs)
        group = "group type has no effect of its own" if strongest == 0 else "group type has effects of its own"
        return (
            f"A point more of involvement multiplies the hazard of first use by {exp(self.involvement_effect):.2f}; "
            f"{group}; {self.dropout:.0%} of those left are lost at each wave"
            + (", more often after use." if self.dropout_after_use else ", whatever happened to them.")
        )


DEMO_TRUTH = Truth()
