"""All kinds of result in one place; each is defined in a module of its own."""

from remission.estimate.coefficients import COEFFICIENT_COLUMNS, Coefficients, MixedFit
from remission.estimate.record import Check, Estimand, Estimates, Method, Result, Sample, Test
from remission.estimate.step_curve import CURVE_COLUMNS, Curve

__all__ = [
    "COEFFICIENT_COLUMNS",
    "CURVE_COLUMNS",
    "Check",
    "Coefficients",
    "Curve",
    "Estimand",
    "Estimates",
    "Method",
    "MixedFit",
    "Result",
    "Sample",
    "Test",
]
