"""Estimators: one public function a module, one result each."""

from remission.estimate.aalen_johansen import aalen_johansen
from remission.estimate.cause_specific import cause_specific
from remission.estimate.censoring_weights import censoring_weights
from remission.estimate.count_mixed import count_mixed
from remission.estimate.cox import cox
from remission.estimate.cox_firth import cox_firth
from remission.estimate.cox_ridge import cox_ridge
from remission.estimate.delta_adjusted import delta_adjusted, tipping_point
from remission.estimate.discrete_time import discrete_time
from remission.estimate.dropout_weights import dropout_weights
from remission.estimate.e_value import e_value
from remission.estimate.equivalence import equivalence
from remission.estimate.fine_gray import fine_gray
from remission.estimate.fixed_day_difference import fixed_day_difference
from remission.estimate.frailty import frailty
from remission.estimate.gee import gee
from remission.estimate.gray import gray
from remission.estimate.imputation import impute
from remission.estimate.interval_cox import interval_cox
from remission.estimate.intraclass_correlation import intraclass_correlation
from remission.estimate.kaplan_meier import kaplan_meier
from remission.estimate.landmark_pooled import landmark_pooled
from remission.estimate.life_table import life_table
from remission.estimate.likelihood_ratio import likelihood_ratio
from remission.estimate.linear_mixed import linear_mixed
from remission.estimate.linear_mixed_serial import linear_mixed_serial
from remission.estimate.log_rank import log_rank
from remission.estimate.logistic_mixed import logistic_mixed
from remission.estimate.marginal_probability import marginal_probability
from remission.estimate.mean_cumulative import mean_cumulative
from remission.estimate.mediation import mediation
from remission.estimate.missing_waves import missing_waves
from remission.estimate.mmrm import mmrm
from remission.estimate.multiverse import multiverse
from remission.estimate.nelson_aalen import nelson_aalen
from remission.estimate.parametric import parametric
from remission.estimate.piecewise_time import piecewise_time
from remission.estimate.pooling import pool, pooled_test
from remission.estimate.predicted_curve import predicted_curve
from remission.estimate.profile_intervals import profile_intervals
from remission.estimate.proportional_hazards import proportional_hazards
from remission.estimate.reliability import reliability
from remission.estimate.reliable_change import reliable_change
from remission.estimate.residuals import residuals
from remission.estimate.restricted_mean import restricted_mean
from remission.estimate.retest import test_retest
from remission.estimate.side_by_side import side_by_side
from remission.estimate.standardised_curve import standardised_curve
from remission.estimate.stress_panel import stress_panel
from remission.estimate.turnbull import turnbull
from remission.estimate.within_between import within_between

__all__ = [
    "aalen_johansen",
    "cause_specific",
    "censoring_weights",
    "count_mixed",
    "cox",
    "cox_firth",
    "cox_ridge",
    "delta_adjusted",
    "discrete_time",
    "dropout_weights",
    "e_value",
    "equivalence",
    "fine_gray",
    "fixed_day_difference",
    "frailty",
    "gee",
    "gray",
    "impute",
    "interval_cox",
    "intraclass_correlation",
    "kaplan_meier",
    "landmark_pooled",
    "life_table",
    "likelihood_ratio",
    "linear_mixed",
    "linear_mixed_serial",
    "log_rank",
    "logistic_mixed",
    "marginal_probability",
    "mean_cumulative",
    "mediation",
    "missing_waves",
    "mmrm",
    "multiverse",
    "nelson_aalen",
    "parametric",
    "piecewise_time",
    "pool",
    "pooled_test",
    "predicted_curve",
    "profile_intervals",
    "proportional_hazards",
    "reliability",
    "reliable_change",
    "residuals",
    "restricted_mean",
    "side_by_side",
    "standardised_curve",
    "stress_panel",
    "test_retest",
    "tipping_point",
    "turnbull",
    "within_between",
]
