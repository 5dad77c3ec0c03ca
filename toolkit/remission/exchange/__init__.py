"""Files in: SPSS through a mapping that a person has reviewed."""

from remission.exchange.importing import apply_plan, import_file
from remission.exchange.mapping import Mapping, read_mapping
from remission.exchange.plan import ImportPlan, plan_import
from remission.exchange.spss import SpssFile, read_spss

__all__ = [
    "ImportPlan",
    "Mapping",
    "SpssFile",
    "apply_plan",
    "import_file",
    "plan_import",
    "read_mapping",
    "read_spss",
]
