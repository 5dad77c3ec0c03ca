"""Enter a planned import in one transaction."""

from collections.abc import Callable
from pathlib import Path

from remission.cohort import BatchInfo, BatchOutcome, Study, record
from remission.exchange.files import read_file
from remission.exchange.mapping import Mapping
from remission.exchange.plan import ImportPlan, plan_import


def apply_plan(study: Study, plan: ImportPlan, progress: Callable[[int, int], None] | None = None) -> BatchOutcome:
    """Record what a plan holds; all of it or nothing.

    Raises
    ------
    ImportRefused
        The plan has problems.
    """
    plan.refuse_if_faulty()
    batch = BatchInfo(
        kind="spss",
        file_name=plan.file.path.name,
        file_sha256=plan.file.sha256,
        mapping_sha256=plan.mapping.sha256,
    )
    return record(study, plan.entries, batch, progress=progress)


def import_file(
    study: Study, path: Path, mapping: Mapping, progress: Callable[[int, int], None] | None = None
) -> BatchOutcome:
    """Read an SPSS file, plan and record it.

    Raises
    ------
    UnreadableFile
        The file cannot be read.
    ImportRefused
        It can be read, but must not enter the database as it is.
    """
    return apply_plan(study, plan_import(study, read_file(path), mapping), progress)
