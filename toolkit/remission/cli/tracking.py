"""``remission due``, ``dispositions``, ``contact`` and ``incentives``: keeping in touch."""

import csv
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from remission.cli.opening import a_date
from remission.cli.options import StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import sentence, table
from remission.cli.vault import VaultKeyFile, opened_vault
from remission.cohort import Study, contact_attempts, open_study, plan_erasure
from remission.cohort import incentives as given
from remission.cohort.engine import reading, writing
from remission.cohort.entries import operator
from remission.cohort.trail.chain import mark_of, note
from remission.cohort.vocabulary import CHANNELS, OUTCOMES
from remission.tracking import dispositions as find_dispositions
from remission.tracking import due as find_due
from remission.tracking import note_attempt, rates
from remission.tracking.calendar_file import calendar_of

contact = typer.Typer(help="Attempts to reach participants.", no_args_is_help=True)
Channel = StrEnum("Channel", {name: name for name in CHANNELS})  # type: ignore[misc]
Outcome = StrEnum("Outcome", {name: name for name in OUTCOMES})  # type: ignore[misc]
Participant = Annotated[str, typer.Option(help="The participant's code.")]
WAVES_FIRST = ("wave", "enrolled", "due", "follow_up")


def due(
    study: StudyFolder,
    week: Annotated[str, typer.Option(metavar="DATE", help="Any day of the week; this week if not given.")] = "",
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the list as CSV.")] = None,
    ics_file: Annotated[Path | None, typer.Option("--ics", metavar="FILE", help="Write a calendar file.")] = None,
    vault_key: VaultKeyFile = None,
) -> None:
    """List the week's work: interviews due, overdue or about to open, and people to check on.

    Codes alone are shown and written. With --vault-key the CSV holds names and contact points too, and the look into
    the vault is noted in the audit trail; the calendar never does.

    Example: remission due --study my-study --week 2026-11-23 --csv week.csv --ics week.ics
    """
    opened = open_study(study, create_database=False)
    day = a_date(week) if week else date.today()
    monday = day - timedelta(days=day.weekday())
    begin = max(monday, date.today()) if monday <= date.today() <= monday + timedelta(days=6) else monday
    tasks = find_due(opened, begin, (monday + timedelta(days=7) - begin).days)
    if tasks.empty:
        sentence(f"Nothing is due in the week of {monday}.")
    else:
        table(_narrow(tasks), whole=("participant", "target", "closes"))
    if csv_file is not None:
        _write_csv(opened, tasks, csv_file, vault_key)
    if ics_file is not None:
        with reading(opened.engine) as connection:
            made = calendar_of(tasks, mark_of(connection))
        with new_private_file(ics_file) as file:
            file.write(made.decode())
        sentence(f"Wrote {ics_file}: {len(tasks)} events, codes alone.")


def dispositions(
    study: StudyFolder,
    on: Annotated[str, typer.Option(metavar="DATE", help="As of this day; today if not given.")] = "",
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write each participant's.")] = None,
) -> None:
    """Count what became of every interview, wave by wave, with follow-up and response rates.

    Example: remission dispositions --study my-study --csv dispositions.csv
    """
    opened = open_study(study, create_database=False)
    found = find_dispositions(opened, a_date(on) if on else None)
    counted = rates(found)
    counts = [name for name in counted.columns if counted[name].dtype.kind in "iO"]
    wide = counted[counts].set_index("wave").T.rename_axis("disposition").reset_index()
    table(wide)
    shares = counted[[name for name in counted.columns if name == "wave" or name not in counts]]
    percent = shares.set_index("wave").map(lambda share: "" if pd.isna(share) else f"{100 * share:.1f} %")
    table(percent.T.rename_axis("rate").reset_index())
    sentence("follow_up is complete interviews by all that were due; `not_yet_due` is in no rate.")
    if csv_file is not None:
        with new_private_file(csv_file) as file:
            found.to_csv(file, index=False)
        sentence(f"Wrote {csv_file}: one row a participant and wave, with codes of GPRA and AAPOR.")


@contact.command("log")
def log(
    study: StudyFolder,
    participant: Participant,
    channel: Annotated[Channel, typer.Option(help="How it was tried.")],
    outcome: Annotated[Outcome, typer.Option(help="What came of it.")],
    wave: Annotated[str | None, typer.Option(help="For which interview; none for a check contact.")] = None,
    on: Annotated[str, typer.Option(metavar="DATE", help="Today if not given.")] = "",
    at: Annotated[str, typer.Option("--time", metavar="HH:MM", help="When.")] = "",
    point: Annotated[str | None, typer.Option(help="The number of the contact point in the vault.")] = None,
) -> None:
    """Note one attempt to reach a participant.

    Example: remission contact log --study my-study --participant 1017 --channel phone --outcome left_message
    """
    opened = open_study(study, create_database=False)
    day = a_date(on) if on else None
    done = note_attempt(opened, participant, channel.value, outcome.value, wave, day, at, point)
    sentence(
        "Noted."
        if done.batch_id is not None
        else "That was noted before. Give --time to tell two calls of a day apart."
    )


@contact.command("list")
def attempts(study: StudyFolder, participant: Participant) -> None:
    """List the attempts to reach a participant.

    Example: remission contact list --study my-study --participant 1017
    """
    opened = open_study(study, create_database=False)
    found = contact_attempts(opened.for_purpose("everyone"))
    mine = found[found["participant_id"] == participant].drop(columns="participant_id")
    if mine.empty:
        sentence(f"No attempt to reach participant {participant} is noted.")
        return
    table(mine.astype(object).mask(mine.isna(), None), whole=("attempted_on",))


def incentives(study: StudyFolder) -> None:
    """Sum what was given to participants, by wave, form and currency.

    Example: remission incentives --study my-study
    """
    found = given(open_study(study, create_database=False).for_purpose("everyone"))
    if found.empty:
        sentence("Nothing was given yet.")
        return
    summed = found.groupby(["wave", "form", "currency"])["amount"].agg(["size", "sum"]).reset_index()
    summed["sum"] = summed["sum"].map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
    table(summed.rename(columns={"size": "times"}))


def _narrow(tasks: pd.DataFrame) -> pd.DataFrame:
    """Give the week's work in as many columns as a narrow terminal shows whole."""
    attempts = tasks[["last_attempt_on", "last_outcome", "last_channel"]].itertuples(index=False)
    last = [
        " ".join(str(part) for part in (_day(day), outcome, channel) if part is not None and not pd.isna(part)).replace(
            "_", " "
        )
        for day, outcome, channel in attempts
    ]
    return pd.DataFrame(
        {
            "participant": tasks["participant_id"],
            "wave": tasks["wave"].str.replace("_", " "),
            "state": tasks["state"],
            "target": tasks["target_on"].map(_day),
            "closes": tasks["closes_on"].map(_day),
            "tries": tasks["attempts"],
            "last": last,
        }
    )


def _day(value: Any) -> str | None:
    return None if pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%d}"


def _write_csv(study: Study, tasks: pd.DataFrame, path: Path, vault_key: Path | None) -> None:
    rows = tasks.assign(**{name: tasks[name].map(_day) for name in ("target_on", "closes_on", "last_attempt_on")})
    if vault_key is not None:
        rows = _with_names(study, rows, vault_key)
    with new_private_file(path) as file:
        rows.to_csv(file, index=False, quoting=csv.QUOTE_MINIMAL)
    held = "names and contact points: delete it after use" if vault_key is not None else "codes alone"
    sentence(f"Wrote {path}: {len(rows)} rows, {held}.")


def _with_names(study: Study, rows: pd.DataFrame, vault_key: Path) -> pd.DataFrame:
    vault = opened_vault(study, vault_key)
    uids = {code: plan_erasure(study, code).uid for code in rows["participant_id"].unique()}
    with writing(study.engine) as connection:
        note(connection, operator(), "opened", [{"table": "vault", "key": code, "code": code} for code in uids])
    people = {code: vault.person(uid) for code, uid in uids.items()}
    points = {code: _points(vault.contact_points(uid)) for code, uid in uids.items()}
    return rows.assign(
        name=[people[code].get("preferred_name") or people[code].get("name", "") for code in rows["participant_id"]],
        safe_times=[people[code].get("safe_times", "") for code in rows["participant_id"]],
        contact_points=[points[code] for code in rows["participant_id"]],
    )


def _points(found: pd.DataFrame) -> str:
    allowed = found[found["may_contact"] != "no"]
    return "; ".join(
        f"{row['point']}: {row['kind']} {row['value']}"
        + (f" ({row['contact_name']}, {row['relation']})" if row["contact_name"] else "")
        + (", no message" if row["may_leave_message"] == "no" else "")
        + (f", say: {row['cover_wording']}" if row["cover_wording"] else "")
        for row in allowed.to_dict("records")
    )
