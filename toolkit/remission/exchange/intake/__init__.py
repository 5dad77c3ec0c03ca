"""From a data file, through a mapping that a person has reviewed, into the cohort database."""

from remission.exchange.intake.importing import apply_plan, import_file
from remission.exchange.intake.plan import ImportPlan, plan_import

__all__ = ["ImportPlan", "apply_plan", "import_file", "plan_import"]
