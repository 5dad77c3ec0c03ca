"""Cohorts with known truth, for examples, tests and power."""

from remission.simulate.cohort import Simulated, record_simulated, simulate_cohort
from remission.simulate.truth import DEMO_TRUTH, Growth, Truth

__all__ = ["DEMO_TRUTH", "Growth", "Simulated", "Truth", "record_simulated", "simulate_cohort"]
