"""``remission export``: the cohort's data out of the study."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from remission.cli.opening import AsOf, opened_at
from remission.cli.options import AsJson, StudyFolder
from remission.cli.screen import heading, progress, sentence, table
from remission.exchange.export import ExportPlan, ExportRequest, format_of, plan_export, write_export


class Format(StrEnum):
    """The formats."""

    SAV = "sav"
    ZSAV = "zsav"
    DTA = "dta"
    CSV = "csv"
    PARQUET = "parquet"
    REDCAP = "redcap"


class Shape(StrEnum):
    """The shapes."""

    WIDE = "wide"
    LONG = "long"


class Profile(StrEnum):
    """What is taken out."""

    INTERNAL = "internal"
    LIMITED = "limited"
    SAFE_HARBOR = "safe-harbor"


class TableName(StrEnum):
    """What is written."""

    ANSWERS = "answers"
    USE = "use"
    GROUPS = "groups"
    CALENDAR = "calendar"
    STATUS = "status"


class NameStyle(StrEnum):
    """Whose names the variables carry."""

    SOURCE = "source"
    REMISSION = "remission"


PROFILE_HELP = (
    "internal: all. limited: dates and characteristics that look identifying (postal code, birth, address) are left "
    "out, days count from day 0; codes and site stay. safe-harbor: besides, codes are random and new, no site, ages "
    "over 89 become 90, rows in random order: a set of removals, not a promise that nobody can be recognised."
)
OUT_HELP = (
    "The file to write. An earlier export there is replaced once the new one was read back and is right; any other "
    "file only with --replace."
)


Out = Annotated[Path, typer.Option("--out", help=OUT_HELP)]
FormatChoice = Annotated[Format | None, typer.Option("--format", help="By the ending of the file if not given.")]
ShapeChoice = Annotated[Shape, typer.Option(help="One row a participant, or one a participant and wave.")]
ProfileChoice = Annotated[Profile, typer.Option(help=PROFILE_HELP)]
TableChoice = Annotated[TableName, typer.Option("--table", help="Answers, or a list of events.")]
NamesChoice = Annotated[
    NameStyle, typer.Option(help="Names and codes of the files things came in from, or remission's own.")
]
Some = Annotated[str, typer.Option(help="Only these, separated by commas.")]
Scores = Annotated[bool, typer.Option("--scores", help="Add the study's measures, computed anew.")]
Plain = Annotated[bool, typer.Option("--plain", help="An uncompressed .sav, for SAS.")]
WithText = Annotated[bool, typer.Option("--with-text", help="Keep answers in free words (never with safe-harbor).")]
Replace = Annotated[bool, typer.Option("--replace", help="Also replace a file that this study did not export.")]
Why = Annotated[str, typer.Option(help="For whom and what for; goes into the audit trail.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")]


def export(
    study: StudyFolder,
    out: Out,
    format_: FormatChoice = None,
    shape: ShapeChoice = Shape.WIDE,
    profile: ProfileChoice = Profile.LIMITED,
    table_: TableChoice = TableName.ANSWERS,
    names: NamesChoice = NameStyle.SOURCE,
    instruments: Some = "",
    waves: Some = "",
    scores: Scores = False,
    plain: Plain = False,
    with_text: WithText = False,
    replace: Replace = False,
    why: Why = "",
    as_of: AsOf = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write the study's data as SPSS, Stata, CSV, Parquet or REDCap records, with codebook and mapping beside it.

    Example: remission export --study help-study --out help_2026.sav --profile limited
    """
    opened = opened_at(study, as_of)
    request = ExportRequest(
        path=out,
        format=cast(Any, format_.value) if format_ else format_of(out),
        shape=shape.value,
        profile=cast(Any, profile.value),
        table=cast(Any, table_.value),
        names=names.value,
        instruments=_listed(instruments),
        waves=_listed(waves),
        scores=scores,
        plain=plain,
        with_text=with_text,
        replace=replace,
        why=why,
    )
    with progress("Reading the study"):
        plan = plan_export(opened, request)
    if dry_run:
        _show(plan, plan.as_dict(), as_json, "Dry run: nothing was written.")
        return
    with progress(f"Writing {out.name} and reading it back"):
        written = write_export(opened, plan)
    _show(plan, written, as_json, f"Wrote {', '.join(path.name for path in plan.files)} to {out.parent.resolve()}.")


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _show(plan: ExportPlan, said: dict[str, Any], as_json: bool, end: str) -> None:
    if as_json:
        typer.echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    heading(f"{said['rows']} rows and {said['columns']} variables, profile {said['profile']}")
    table(plan.contents())
    if plan.remarks:
        heading("To know")
        for remark in plan.remarks:
            sentence(f"- {remark}")
    sentence("")
    sentence(end)
