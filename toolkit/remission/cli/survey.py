"""``remission survey``: ask people by personal link, by interview or on paper."""

import csv
from datetime import date
from pathlib import Path
from typing import Annotated, TextIO
from urllib.parse import urlsplit

import pandas as pd
import typer

from remission.asking import (
    booklet,
    collect_expired,
    invite,
    link_status,
    questionnaire,
    revoke,
    settle,
)
from remission.asking.links import asking_plan
from remission.cli import survey_serving
from remission.cli.options import StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import heading, sentence, table
from remission.cli.survey_serving import Language, Wave
from remission.cohort import Study, open_study
from remission.cohort.entries import operator
from remission.cohort.windows import standing_today
from remission.errors import RemissionError, StudyError

app = typer.Typer(
    help="Ask people: personal links, interviews, booklets.\n\nExample: remission survey status --study my-study",
    no_args_is_help=True,
)
Codes = Annotated[list[str] | None, typer.Option("--participant", help="A participant's code; may be repeated.")]
SHOWN = ["participant_id", "wave", "by", "state", "not handed in", "good until"]


@app.command("invite")
def invite_people(
    study: StudyFolder,
    wave: Wave,
    address: Annotated[str, typer.Option("--address", help="Where the survey is reached, such as https://host.")],
    out: Annotated[Path, typer.Option("--out", help="The CSV file to write; it must not exist.")],
    participant: Codes = None,
    language: Language = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=366, help="How long the links are good.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only who is inside the wave's allowed window today.")] = False,
) -> None:
    """Make personal links for a wave and write them to a file that only you can read.

    Who handed in, or holds an open link, gets none; the same command again invites nobody twice.

    Example: remission survey invite --study my-study --wave month_3 --address https://host --out links.csv
    """
    opened = open_study(study, create_database=False)
    _require_address(address)
    # The words are looked for before anyone is invited to a form that cannot be shown.
    questionnaire(opened, wave, None, language or asking_plan(opened).languages[0])
    when = standing_today(opened, wave, date.today())
    inside = set(when.loc[when["standing"] == "inside", "participant_id"]) if due else None
    with new_private_file(out) as file:
        try:
            made = invite(opened, wave, participant or None, inside, language, days)
        except BaseException:
            out.unlink()
            raise
        _write_links(file, made, address)
    if made.empty:
        out.unlink()
        sentence(f"Everyone asked for handed in {wave}, or holds an open link; no file was written.")
        return
    count = "1 link is" if len(made) == 1 else f"{len(made)} links are"
    sentence(f"{count} in {out}. They cannot be made again: send them, then delete the file.")
    _say_standing(opened, wave, when[when["participant_id"].isin(made["participant_id"])])


def _say_standing(study: Study, wave: str, when: pd.DataFrame) -> None:
    first, last = study.protocol.wave(wave).allowed_window
    counts = when["standing"].value_counts()
    if counts.get("outside", 0):
        sentence(
            f"{counts['outside']} of them are outside the window of {wave} today (day {first} to {last}); "
            "--due invites only those inside.",
            style="bold red",
        )
    if counts.get("unknown", 0):
        sentence(f"Of {counts['unknown']} of them day 0 is not known, so nobody can tell whether they are due.")


def _write_links(file: TextIO, made: pd.DataFrame, address: str) -> None:
    writer = csv.writer(file)
    writer.writerow(["participant_id", "wave", "link", "good_until"])
    for row in made.to_dict("records"):
        link = f"{address.rstrip('/')}/q/{row['token']}"
        writer.writerow([row["participant_id"], row["wave"], link, f"{row['expires_at']:%Y-%m-%d}"])


def _require_address(address: str) -> None:
    parts = urlsplit(address)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or "@" in parts.netloc or not (parts.scheme == "https" or local):
        raise RemissionError(
            f"{address} is no address that keeps answers private on the way.",
            "Give one that starts with https://, or http://127.0.0.1 on this computer.",
        )


app.command("serve")(survey_serving.serve)
app.command("enter")(survey_serving.enter)


@app.command("status")
def status(study: StudyFolder) -> None:
    """List links: open, handed in, expired, revoked, and what waits for a person to look at.

    Example: remission survey status --study my-study
    """
    found = link_status(open_study(study, create_database=False))
    if found.empty:
        sentence("Nobody was invited yet.")
        return
    waiting = found[found["needs_attention"].notna()]
    if not waiting.empty:
        heading("To be looked at by a person of the team, now")
        table(waiting[["participant_id", "wave", "needs_attention"]], whole=("participant_id", "wave"))
        sentence("When it was looked at: remission survey settle", style="bold red")
        heading("All links")
    shown = found.assign(
        by=found["mode"].replace({"participant": "link"}),
        state=found["state"].replace({"finished": "handed in"}),
        **{
            "not handed in": [str(count) if count else "" for count in found["answers"]],
            "good until": [f"{day:%Y-%m-%d}" for day in found["expires_at"]],
        },
    )
    table(shown[SHOWN].sort_values(["wave", "participant_id"], kind="stable"), whole=tuple(SHOWN))


@app.command("settle")
def settle_flag(
    study: StudyFolder,
    participant: Annotated[str, typer.Option("--participant", help="The participant's code.")],
    wave: Annotated[str | None, typer.Option("--wave", help="One wave; all if not given.")] = None,
) -> None:
    """Note that a person of the team looked at what asked for attention.

    Example: remission survey settle --study my-study --participant 1017
    """
    settle(open_study(study, create_database=False), participant, wave)
    sentence(f"What waited about {participant} is settled; the audit trail says when and by whom.")


@app.command("revoke")
def revoke_link(
    study: StudyFolder,
    participant: Annotated[str, typer.Option("--participant", help="The participant's code.")],
    wave: Annotated[str | None, typer.Option("--wave", help="One wave; all if not given.")] = None,
) -> None:
    """Close a participant's open links at once.

    Example: remission survey revoke --study my-study --participant 1017
    """
    count = revoke(open_study(study, create_database=False), participant, wave)
    sentence(f"{count} {'link is' if count == 1 else 'links are'} closed.")


@app.command("collect")
def collect(study: StudyFolder) -> None:
    """Record the answers of links that ran out before they were handed in.

    Example: remission survey collect --study my-study
    """
    count = collect_expired(open_study(study, create_database=False), operator())
    links = "1 expired link" if count == 1 else f"{count} expired links"
    sentence(f"The answers of {links} are recorded." if count else "No expired link holds answers.")


@app.command("booklet")
def print_booklet(
    study: StudyFolder,
    wave: Wave,
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")] = Path("booklet.html"),
    language: Language = None,
) -> None:
    """Write a wave's questions as a page to print.

    Example: remission survey booklet --study my-study --wave baseline --out booklet.html
    """
    opened = open_study(study, create_database=False)
    html = booklet(opened, wave, language or asking_plan(opened).languages[0])
    try:
        out.write_text(html, encoding="utf-8")
    except OSError as error:
        raise StudyError(f"{out} cannot be written ({error.strerror}).", "Choose another place.") from error
    sentence(f"The booklet is {out}; print it from a browser.")
