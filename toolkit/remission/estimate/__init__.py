"""Estimators: one public function a module, one result each."""

from remission.estimate.cox import cox
from remission.estimate.intraclass_correlation import intraclass_correlation
from remission.estimate.kaplan_meier import kaplan_meier
from remission.estimate.linear_mixed import linear_mixed
from remission.estimate.log_rank import log_rank
from remission.estimate.nelson_aalen import nelson_aalen
from remission.estimate.proportional_hazards import proportional_hazards
from remission.estimate.reliability import reliability
from remission.estimate.reliable_change import reliable_change
from remission.estimate.restricted_mean import restricted_mean
from remission.estimate.retest import test_retest

__all__ = [
    "cox",
    "intraclass_correlation",
    "kaplan_meier",
    "linear_mixed",
    "log_rank",
    "nelson_aalen",
    "proportional_hazards",
    "reliability",
    "reliable_change",
    "restricted_mean",
    "test_retest",
]
