"""Files in and out: data through a mapping that a person has reviewed, forms, lists."""

from remission.exchange.files import DataFile, read_file
from remission.exchange.intake import ImportPlan, apply_plan, import_file, plan_import
from remission.exchange.mapping import Mapping, read_mapping

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
