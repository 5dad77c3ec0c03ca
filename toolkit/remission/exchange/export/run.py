"""One export from the study to the file: build, write, read back, log, put in place."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from remission import __version__
from remission.cohort import Study
from remission.cohort.engine import writing
from remission.cohort.entries import operator
from remission.cohort.trail.chain import note
from remission.errors import RemissionError
from remission.exchange.export import verify
from remission.exchange.export.codebook import codebook_csv, codebook_html, codebook_rows
from remission.exchange.export.column import Column, ExportTable
from remission.exchange.export.in_place import Drafts, drafts_beside
from remission.exchange.export.map_file import map_text
from remission.exchange.export.notices import Terms, terms_of
from remission.exchange.export.places import require_free
from remission.exchange.export.plain_files import for_redcap, write_csv, write_parquet
from remission.exchange.export.request import SPSS, ExportRefused, ExportRequest
from remission.exchange.export.source_dictionary import without_file_names
from remission.exchange.export.spss_dress import dressed
from remission.exchange.export.stata import for_stata, write_stata
from remission.exchange.export.syntax import syntax_text
from remission.exchange.export.table import build_table
from remission.exchange.export.write_spss import write_spss
from remission.exchange.files import sha256_of


@dataclass(frozen=True)
class ExportPlan:
    """An export that is laid out and not yet written.

    Attributes
    ----------
    request : ExportRequest
    table : ExportTable
        As the format can hold it.
    terms : Terms
    export_id : str
        Stands in the file and in the audit trail.
    """

    request: ExportRequest
    table: ExportTable
    terms: Terms
    export_id: str

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know, one sentence each."""
        found = list(self.table.remarks)
        if self.terms.is_silent:
            found.append(f"{self.terms.consent} Say it in study.yaml under sharing.consent.")
        if self.request.format == "zsav":
            found.append("A .zsav cannot carry attributes and roles; the .sps beside it sets them.")
        return tuple(dict.fromkeys(found))

    @property
    def files(self) -> tuple[Path, ...]:
        """All files, the data file last."""
        return (*companions_of(self.request), self.request.path)

    def as_dict(self) -> dict[str, Any]:
        """Give the plan as plain values, for scripts."""
        request = self.request
        return {
            "export": self.export_id,
            "file": str(request.path),
            "files": [path.name for path in self.files],
            "format": request.format,
            "shape": "long" if request.is_long else "wide",
            "profile": request.profile,
            "table": request.table,
            "rows": self.table.rows,
            "columns": len(self.table.columns),
            "remarks": list(self.remarks),
        }

    def contents(self) -> pd.DataFrame:
        """Say what goes out: one row is an instrument, or another kind of thing.

        Returns
        -------
        pandas.DataFrame
            ``holds variables waves names n_valid``, the last of the variable that has the most.
        """
        rows: dict[str, list[Column]] = {}
        for column in self.table.columns:
            rows.setdefault(column.target.topic, []).append(column)
        return pd.DataFrame(
            [
                (
                    what,
                    len(columns),
                    len({column.target.wave for column in columns if column.target.wave}),
                    f"{columns[0].name} … {columns[-1].name}" if len(columns) > 1 else columns[0].name,
                    max(int(column.stated.sum()) for column in columns),
                )
                for what, columns in rows.items()
            ],
            columns=["holds", "variables", "waves", "names", "n_valid"],
        )


def companions_of(request: ExportRequest) -> tuple[Path, ...]:
    """Name the files that go beside the data file."""
    endings = ["_codebook.csv", "_codebook.html"]
    endings += ["_map.yaml"] if request.table == "answers" else []
    endings += [".sps"] if request.format in SPSS else ["_README.txt"]
    return tuple(request.beside(ending) for ending in endings)


def plan_export(study: Study, request: ExportRequest) -> ExportPlan:
    """Lay an export out; nothing is written.

    Raises
    ------
    ExportRefused
        There is nothing to export, the format cannot hold it, or another file stands in its place.
    DefinitionError
        A wave or instrument is not there.
    """
    require_free(study, request, companions_of(request))
    table = build_table(study, request)
    if request.format in SPSS:
        table = dressed(table)
    elif request.format == "dta":
        table = for_stata(table)
    elif request.format == "redcap":
        table = for_redcap(table, study)
    return ExportPlan(request, table, terms_of(study.protocol), secrets.token_hex(6))


def write_export(study: Study, plan: ExportPlan) -> dict[str, Any]:
    """Write a planned export, read it back, log it and put it in its place.

    Until the very end the files carry other names in the same folder: one that stands there already is replaced by a
    file that was read back and found to hold what was meant, or is left as it is.

    Returns
    -------
    dict
        As ``ExportPlan.as_dict``, with ``sha256``.

    Raises
    ------
    ExportRefused
        The file cannot be written, or does not hold what was meant; nothing is left.
    StudyError
        The audit trail cannot be written; nothing is left.
    """
    request = plan.request
    told = f"{request.path.name} cannot be written ("
    with drafts_beside(request.path, lambda reason: f"{told}{reason}); what stood there is as it was.") as drafts:
        data = drafts.new(request.path)
        _write_data(study, plan, data)
        checksum = sha256_of(data)
        _write_companions(study, plan, drafts, checksum)
        _log(study, plan, "exported", checksum)
        try:
            drafts.put(request.path)
        except BaseException:
            _log(study, plan, "export failed", checksum)
            raise
    return {**plan.as_dict(), "sha256": checksum}


def export(study: Study, request: ExportRequest) -> dict[str, Any]:
    """Lay out and write an export; see ``plan_export`` and ``write_export``."""
    return write_export(study, plan_export(study, request))


def _write_data(study: Study, plan: ExportPlan, draft: Path) -> None:
    try:
        _written(study, plan, draft)
        _verified(plan, draft)
    except verify.Differs as error:
        raise ExportRefused(
            f"{plan.request.path.name} was read back and does not hold what was meant: {error}.",
            "Nothing was put in its place. Try another format, and report this.",
        ) from error
    except (RemissionError, OSError):
        raise
    except Exception as error:
        # pyreadstat says in its own kinds of errors that a disk is full or a cell cannot be held.
        raise ExportRefused(
            f"{plan.request.path.name} could not be written ({error}).",
            "Nothing was put in its place. Check the disk, or try another format.",
        ) from error


def _written(study: Study, plan: ExportPlan, draft: Path) -> None:
    request, table, title = plan.request, plan.table, study.protocol.title
    if request.format in SPSS:
        about = _about(study, plan)
        attributes = file_attributes(study, plan)
        write_spss(table, draft, title, about, attributes, request.format == "zsav", request.plain)
    elif request.format == "dta":
        write_stata(table, draft, title)
    elif request.format == "parquet":
        said = {name: values[0] for name, values in file_attributes(study, plan).items()}
        write_parquet(table, draft, {**said, "notice": plan.terms.notice, "consent": plan.terms.consent})
    else:
        write_csv(table, draft)


def _verified(plan: ExportPlan, draft: Path) -> None:
    checks: dict[str, Callable[[ExportTable, Path], None]] = {
        "sav": verify.verify_spss,
        "zsav": verify.verify_spss,
        "dta": verify.verify_stata,
        "parquet": verify.verify_parquet,
        "csv": verify.verify_texts,
        "redcap": verify.verify_texts,
    }
    checks[plan.request.format](plan.table, draft)


def file_attributes(study: Study, plan: ExportPlan) -> dict[str, tuple[str, ...]]:
    """Say of a file which study and export it is from."""
    return {
        "remission_study": (study.protocol.name,),
        "remission_export": (plan.export_id,),
        "remission_profile": (plan.request.profile,),
        "remission_version": (__version__,),
    }


def _about(study: Study, plan: ExportPlan) -> list[str]:
    made = f"Exported by remission {__version__}, export {plan.export_id}."
    return plan.terms.paragraphs(plan.request, study.protocol.title, made)


def _write_companions(study: Study, plan: ExportPlan, drafts: Drafts, checksum: str) -> None:
    request, table, about = plan.request, plan.table, _about(study, plan)
    rows = codebook_rows(table, study)
    title = f"Codebook of {request.path.name}"
    drafts.text(request.beside("_codebook.csv"), codebook_csv(rows, about))
    drafts.text(request.beside("_codebook.html"), codebook_html(rows, title, about))
    if request.table == "answers":
        drafts.text(request.beside("_map.yaml"), map_text(table, study, request, checksum))
    if request.format in SPSS:
        attributes = file_attributes(study, plan)
        drafts.text(request.beside(".sps"), syntax_text(table, request.path.name, about, attributes))
    else:
        listed = [f"{path.name}" for path in plan.files]
        remarks = plan.remarks if request.profile == "internal" else without_file_names(study, plan.remarks)
        drafts.text(request.beside("_README.txt"), "\n\n".join([*about, "Files: " + ", ".join(listed), *remarks, ""]))


def _log(study: Study, plan: ExportPlan, action: str, checksum: str) -> None:
    request = plan.request
    facts = {
        "export": plan.export_id,
        "sha256": checksum,
        "profile": request.profile,
        "table": request.table,
        "format": request.format,
        "shape": "long" if request.is_long else "wide",
        "rows": plan.table.rows,
        "columns": len(plan.table.columns),
    }
    entry = {"table": "export", "key": request.path.name, "new": json.dumps(facts), "reason": request.why or None}
    with writing((study.present or study).engine) as connection:
        note(connection, operator(), action, [entry])
