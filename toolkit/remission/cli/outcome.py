"""``remission outcome`` and ``remission timeline``: definitions, and what is known about use."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from remission.cli.opening import AsOf, opened_at
from remission.cli.options import MaybeStudy, StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import heading, progress, sentence, table
from remission.cohort import open_study, status_events
from remission.errors import DefinitionError
from remission.outcomes import (
    Endpoint,
    OutcomeDefinition,
    outcome,
    outcomes,
    published_endpoint,
    published_endpoints,
)
from remission.questions import multiverse as across
from remission.tables import definition_of, use_contradictions, use_timeline

app = typer.Typer(help="Definitions of lapse, relapse, return to use, dropout, abstinence.", no_args_is_help=True)


@app.command("list")
def listed(study: MaybeStudy = None) -> None:
    """List the outcome definitions that a study can use, and with `--study` those of its own.

    Example: remission outcome list
    """
    heading("Times to an event, for study.yaml (outcome: definition)")
    opened = None if study is None else open_study(study, create_database=False)
    own = [definition_of(opened, name) for name in opened.protocol.outcome.own] if opened else []
    known = [*own, *(outcome(name) for name in outcomes())]
    table(pd.DataFrame({"name": [one.name for one in known], "event": [one.title for one in known]}), whole=("name",))
    others = [published_endpoint(name) for name in published_endpoints() if not published_endpoint(name).is_time]
    heading("Values, from use patterns of weeks (remission.outcomes.endpoint_values)")
    frame = pd.DataFrame({"name": [one.name for one in others], "endpoint": [one.title for one in others]})
    table(frame, whole=("name",))
    sentence("`remission outcome show NAME` gives the rule and its source.")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="As `remission outcome list` names it.")], study: MaybeStudy = None
) -> None:
    """Show an outcome definition: its rule, what it does with missing reports, and its source.

    Example: remission outcome show seven_days_in_a_row
    """
    found = _defined(name, study)
    heading(f"{found.title} ({found.name}, version {found.version})")
    sentence(found.sentence)
    sentence(f"Source: {found.reference}")


def _defined(name: str, study: Path | None) -> OutcomeDefinition | Endpoint:
    opened = None if study is None else open_study(study, create_database=False)
    if opened is not None and name in opened.protocol.outcome.own:
        return definition_of(opened, name)
    if name in outcomes():
        return outcome(name)
    if name in published_endpoints():
        return published_endpoint(name)
    raise DefinitionError(
        f"There is no outcome definition '{name}'.",
        "`remission outcome list` names them; one of a study's own needs --study.",
    )


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
        _show_participant(spans, found, status_events(opened), participant)
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
    if len(chosen) == 1 and not names:
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


def _show_participant(spans: pd.DataFrame, found: pd.DataFrame, endings: pd.DataFrame, code: str) -> None:
    mine = spans[spans["participant_id"] == code]
    ended = endings[endings["participant_id"] == code]
    if mine.empty and ended.empty:
        raise DefinitionError(f"Nothing on use is recorded of participant {code}.", "Look at the code.")
    for told in found.loc[found["participant_id"] == code, "sentence"]:
        sentence(told, style="yellow")
    if len(mine):
        table(_runs(mine))
    for kind, day in ended[["kind", "day"]].itertuples(index=False):
        sentence(f"{str(kind).capitalize()}: {'on an unknown day' if pd.isna(day) else f'day {day:g}'}.")


def _runs(mine: pd.DataFrame) -> pd.DataFrame:
    """Join days that follow one another and tell the same, as a reader would."""
    told = ["substance", "state", "days_used", "quantity", "source"]
    ordered = mine.sort_values([*told, "start_day"], kind="stable")
    same = (ordered[told].astype(object).fillna("") == ordered[told].astype(object).fillna("").shift()).all(axis=1)
    follows = same & (ordered["start_day"] == ordered["end_day"].shift() + 1) & ordered["days_used"].isna()
    joined = ordered.groupby((~follows).cumsum()).agg(
        {"start_day": "min", "end_day": "max", **dict.fromkeys(told, "first")}
    )
    days = [_span(start, end) for start, end in zip(joined["start_day"], joined["end_day"], strict=True)]
    shown = joined.assign(days=days).sort_values(["start_day", "end_day"], kind="stable")
    shown = shown[["days", *told]].rename(columns={"days_used": "of them used", "quantity": "a day"})
    return shown.dropna(axis=1, how="all").astype(object).fillna("")


def _span(start: float, end: float) -> str:
    return f"{start:g}" if start == end else f"{start:g} to {end:g}"
