"""Estimators: one public function a module, one result each."""

from remission.estimate.aalen_johansen import aalen_johansen
from remission.estimate.cause_specific import cause_specific
from remission.estimate.cox import cox
from remission.estimate.fine_gray import fine_gray
from remission.estimate.frailty import frailty
from remission.estimate.gray import gray
from remission.estimate.interval_cox import interval_cox
from remission.estimate.intraclass_correlation import intraclass_correlation
from remission.estimate.kaplan_meier import kaplan_meier
from remission.estimate.linear_mixed import linear_mixed
from remission.estimate.log_rank import log_rank
from remission.estimate.mean_cumulative import mean_cumulative
from remission.estimate.nelson_aalen import nelson_aalen
from remission.estimate.parametric import parametric
from remission.estimate.proportional_hazards import proportional_hazards
from remission.estimate.reliability import reliability
from remission.estimate.reliable_change import reliable_change
from remission.estimate.restricted_mean import restricted_mean
from remission.estimate.retest import test_retest
from remission.estimate.side_by_side import side_by_side
from remission.estimate.turnbull import turnbull

__all__ = [
    "aalen_johansen",
    "cause_specific",
    "cox",
    "fine_gray",
    "frailty",
    "gray",
    "interval_cox",
    "intraclass_correlation",
    "kaplan_meier",
    "linear_mixed",
    "log_rank",
    "mean_cumulative",
    "nelson_aalen",
    "parametric",
    "proportional_hazards",
    "reliability",
    "reliable_change",
    "restricted_mean",
    "side_by_side",
    "test_retest",
    "turnbull",
]
