"""Enter a planned import in one transaction."""

from collections.abc import Callable
from pathlib import Path

from remission.cohort import BatchInfo, BatchOutcome, Study, record_pieces
from remission.exchange.files import DataFile, dictionary_json, read_dictionary, read_file
from remission.exchange.intake.plan import ImportPlan, plan_import
from remission.exchange.intake.variables import required_variables
from remission.exchange.intake.whereabouts import Whereabouts
from remission.exchange.mapping import Mapping

Progress = Callable[[int, int], None]


def apply_plan(
    study: Study, plan: ImportPlan, progress: Progress | None = None, accept: str | None = None
) -> BatchOutcome:
    """Record what a plan holds; all of it or nothing.

    Parameters
    ----------
    study : Study
    plan : ImportPlan
    progress : callable, optional
        Called with (done, total) in rows of the database.
    accept : str, optional
        Why stored values that differ are to be changed.

    Raises
    ------
    ImportRefused
        The plan has problems, or changes that are not accepted.
    """
    plan.refuse_if_faulty(accept)
    batch = BatchInfo(
        kind=plan.file.dictionary.source,
        file_name=plan.file.path.name,
        file_sha256=plan.file.sha256,
        mapping_sha256=plan.mapping.sha256,
        mapping=plan.mapping.text,
        dictionary=dictionary_json(plan.file.dictionary, list(plan.used)),
    )
    return record_pieces(study, plan.entries, batch, progress=progress, accept=accept, whence=Whereabouts(plan))


def read_for(
    path: Path, mapping: Mapping, encoding: str | None = None, progress: Callable[[int, int | None], None] | None = None
) -> DataFile:
    """Read of a file what a mapping names, its whole dictionary with it.

    Raises
    ------
    UnreadableFile
        The file cannot be read.
    ImportRefused
        It lacks a variable.
    """
    chosen = encoding or mapping.made_from.encoding or None
    names = required_variables(read_dictionary(path, encoding=chosen), mapping)
    return read_file(path, columns=names, encoding=chosen, progress=progress)


def import_file(
    study: Study, path: Path, mapping: Mapping, progress: Progress | None = None, accept: str | None = None
) -> BatchOutcome:
    """Read a data file, plan and record it.

    Raises
    ------
    UnreadableFile
        The file cannot be read.
    ImportRefused
        It can be read, but must not enter the database as it is.
    """
    return apply_plan(study, plan_import(study, read_for(path, mapping), mapping), progress, accept)
