"""``remission outcome`` and ``remission timeline``: definitions, and what is known about use."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from remission.cli.opening import AsOf, opened_at
from remission.cli.options import StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import heading, progress, sentence, table
from remission.errors import DefinitionError
from remission.outcomes import (
    OutcomeDefinition,
    outcome,
    outcomes,
    published_endpoint,
    published_endpoints,
)
from remission.questions import multiverse as across
from remission.tables import use_contradictions, use_timeline

app = typer.Typer(help="Definitions of lapse, relapse, return to use, dropout, abstinence.", no_args_is_help=True)


@app.command("list")
def listed() -> None:
    """List the outcome definitions that a study can use.

    Example: remission outcome list
    """
    heading("Times to an event, for study.yaml (outcome: definition)")
    known = [outcome(name) for name in outcomes()]
    table(pd.DataFrame({"name": [one.name for one in known], "event": [one.title for one in known]}), whole=("name",))
    others = [published_endpoint(name) for name in published_endpoints() if not published_endpoint(name).is_time]
    heading("Values, from use patterns of weeks (remission.outcomes.endpoint_values)")
    frame = pd.DataFrame({"name": [one.name for one in others], "endpoint": [one.title for one in others]})
    table(frame, whole=("name",))
    sentence("`remission outcome show NAME` gives the rule and its source.")


@app.command("show")
def show(name: Annotated[str, typer.Argument(help="As `remission outcome list` names it.")]) -> None:
    """Show an outcome definition: its rule, what it does with missing reports, and its source.

    Example: remission outcome show seven_days_in_a_row
    """
    found = outcome(name) if name in outcomes() else published_endpoint(name)
    heading(f"{found.title} ({found.name}, version {found.version})")
    sentence(found.sentence)
    sentence(f"Source: {found.reference}")


def timeline(
    study: StudyFolder,
    participant: Annotated[str, typer.Option(metavar="CODE", help="Show this participant's timeline.")] = "",
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all contradictions to a file.")] = None,
    as_of: AsOf = "",
) -> None:
    """Show what each source says of use, and where they contradict each other.

    Example: remission timeline --study my-study --participant 1017
    """
    opened = opened_at(study, as_of)
    spans, found = use_timeline(opened), use_contradictions(opened)
    if participant:
        _show_participant(spans, found, participant)
        return
    sentence(f"{spans['participant_id'].nunique()} participants, {len(spans)} entries on use.")
    counts = spans.groupby("source").agg(entries=("source", "size"), participants=("participant_id", "nunique"))
    table(counts.reset_index())
    heading("Contradictions")
    if found.empty:
        sentence("There are none.")
    else:
        kinds = found.groupby("kind").agg(found=("kind", "size"), participants=("participant_id", "nunique"))
        table(kinds.reset_index())
        sentence("In analyses, use counts where days are told both free and used. See one with --participant CODE.")
    if csv is not None:
        with new_private_file(csv) as file:
            found.to_csv(file, index=False)
        sentence(
            f"{len(found)} contradictions are in {csv}. The file is about single people: keep it as safe as the study."
        )


def multiverse(
    study: StudyFolder,
    terms: Annotated[str, typer.Option(metavar="TERMS", help="A Cox model; study.yaml's first if not given.")] = "",
    day: Annotated[int, typer.Option(metavar="DAY", min=1, help="Day on which curves are read.")] = 180,
    definitions: Annotated[str, typer.Option(metavar="NAMES", help="Definitions, with commas between.")] = "",
    as_of: AsOf = "",
) -> None:
    """Estimate the same under every outcome definition that study.yaml names (outcome: also).

    Example: remission multiverse --study my-study --definitions first_use,seven_days_in_a_row
    """
    opened = opened_at(study, as_of)
    names = tuple(name.strip() for name in definitions.split(",") if name.strip())
    with progress("Going through the definitions") as tell:
        found = across(opened, terms, day, names, progress=tell)
    chosen: tuple[OutcomeDefinition, ...] = found.attrs["definitions"]
    if len(chosen) == 1:
        sentence(
            f"study.yaml names one definition, {chosen[0].name}. Add others under outcome: also, or --definitions."
        )
    _show_multiverse(found, chosen, day)


def _show_multiverse(found: pd.DataFrame, chosen: tuple[OutcomeDefinition, ...], day: int) -> None:
    heads = found.drop_duplicates("definition")
    shown = heads[["definition", "participants", "events"]].assign(
        **{f"free on day {day}": [_range(*row) for row in heads[["free", "free_low", "free_high"]].to_numpy()]}
    )
    heading("Share without the event")
    table(shown, whole=("definition",))
    fitted = found[found["term"].notna()].fillna({"problem": ""})
    if len(fitted):
        heading(f"Hazard ratios: {found.attrs['terms']}")
        wide = fitted.assign(ratio=[_range(*r) for r in fitted[["hazard_ratio", "conf_low", "conf_high"]].to_numpy()])
        for term, rows in wide.groupby("term", sort=False):
            table(rows[["definition", "ratio"]].rename(columns={"ratio": str(term)}), whole=("definition",))
    for row in found[found["problem"].notna()].drop_duplicates(["definition", "problem"]).itertuples():
        sentence(f"{row.definition}: {row.problem}", style="yellow")
    heading("The definitions")
    for one in chosen:
        sentence(f"{one.name} (version {one.version}): {one.sentence} {one.reference}")


def _range(value: float, low: float, high: float) -> str:
    return "" if pd.isna(value) else f"{value:.3f} ({low:.3f} to {high:.3f})"


def _show_participant(spans: pd.DataFrame, found: pd.DataFrame, code: str) -> None:
    mine = spans[spans["participant_id"] == code]
    if mine.empty:
        raise DefinitionError(f"Nothing on use is recorded of participant {code}.", "Look at the code.")
    table(mine[["start_day", "end_day", "substance", "state", "days_used", "quantity", "source"]])
    for told in found.loc[found["participant_id"] == code, "sentence"]:
        sentence(told, style="yellow")
