"""Files in: SPSS through a mapping that a person has reviewed."""

from remission.exchange.files import DataFile, read_file
from remission.exchange.importing import apply_plan, import_file
from remission.exchange.mapping import Mapping, read_mapping
from remission.exchange.plan import ImportPlan, plan_import

__all__ = [
    "DataFile",
    "ImportPlan",
    "Mapping",
    "apply_plan",
    "import_file",
    "plan_import",
    "read_file",
    "read_mapping",
]
