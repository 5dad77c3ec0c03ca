"""``remission survey``: ask people by personal link, by interview or on paper."""

import csv
import threading
import time
import webbrowser
from pathlib import Path
from typing import Annotated, TextIO

import pandas as pd
import typer

from remission.asking import booklet, collect_expired, invite, link_status, questionnaire, revoke, survey_app
from remission.asking.links import asking_plan, find_link
from remission.cli.dashboard import LOOPBACK, free_port
from remission.cli.options import NoOpen, StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import sentence, table
from remission.cohort import Study, open_study
from remission.cohort.entries import operator
from remission.errors import RemissionError, StudyError

app = typer.Typer(
    help="Ask people: personal links, interviews, booklets.\n\nExample: remission survey status --study my-study",
    no_args_is_help=True,
)
Wave = Annotated[str, typer.Option("--wave", help="A wave of study.yaml.")]
Language = Annotated[str | None, typer.Option("--language", help="A language code; the survey's first if not given.")]
Codes = Annotated[list[str] | None, typer.Option("--participant", help="A participant's code; may be repeated.")]
SHOWN = ["participant_id", "wave", "mode", "state", "answers", "needs_attention", "expires_at"]


@app.command("invite")
def invite_people(
    study: StudyFolder,
    wave: Wave,
    address: Annotated[str, typer.Option("--address", help="Where the survey is reached, such as https://host.")],
    out: Annotated[Path, typer.Option("--out", help="The CSV file to write; it must not exist.")],
    participant: Codes = None,
    language: Language = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=366, help="How long the links are good.")] = None,
) -> None:
    """Make personal links for a wave and write them to a file that only you can read.

    Who handed in, or holds an open link, gets none; the same command again invites nobody twice.

    Example: remission survey invite --study my-study --wave month_3 --address https://host --out links.csv
    """
    opened = open_study(study, create_database=False)
    _require_address(address)
    # The words are looked for before anyone is invited to a form that cannot be shown.
    questionnaire(opened, wave, None, language or asking_plan(opened).languages[0])
    with new_private_file(out) as file:
        try:
            made = invite(opened, wave, participant or None, language, days)
        except BaseException:
            out.unlink()
            raise
        _write_links(file, made, address)
    if made.empty:
        out.unlink()
        sentence(f"Everyone asked for handed in {wave}, or holds an open link; no file was written.")
        return
    sentence(f"{len(made)} links are in {out}. They cannot be made again: send them, then delete the file.")


def _write_links(file: TextIO, made: pd.DataFrame, address: str) -> None:
    writer = csv.writer(file)
    writer.writerow(["participant_id", "wave", "link", "good_until"])
    for row in made.to_dict("records"):
        link = f"{address.rstrip('/')}/q/{row['token']}"
        writer.writerow([row["participant_id"], row["wave"], link, f"{row['expires_at']:%Y-%m-%d}"])


def _require_address(address: str) -> None:
    if not address.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise RemissionError(
            f"{address} is no address that keeps answers private on the way.",
            "Give one that starts with https://, or http://127.0.0.1 on this computer.",
        )


@app.command("serve")
def serve(
    study: StudyFolder,
    port: Annotated[int, typer.Option("--port", help="Port; the next free one if it is taken.")] = 8600,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = LOOPBACK,
    name: Annotated[list[str] | None, typer.Option("--name", help="Host name it may be asked by; repeatable.")] = None,
) -> None:
    """Serve the pages that personal links open, until Ctrl-C.

    It listens on this computer alone unless told otherwise; put a web server that speaks HTTPS in front
    of it. It writes no log of who opened what.

    Example: remission survey serve --study my-study
    """
    opened = open_study(study, create_database=False)
    free = free_port(port)
    sentence(f"The survey is at http://{host}:{free}. Ctrl-C ends it.")
    _server(opened, "participant", host, free, tuple(name or ())).run()


def _server(study: Study, mode: str, host: str, port: int, names: tuple[str, ...]):  # type: ignore[no-untyped-def]
    import uvicorn

    # Addresses hold tokens, so no request is ever logged.
    config = uvicorn.Config(
        survey_app(study, mode, names), host=host, port=port, access_log=False, log_level="error", server_header=False
    )
    return uvicorn.Server(config)


@app.command("enter")
def enter(
    study: StudyFolder,
    wave: Wave,
    participant: Annotated[str, typer.Option("--participant", help="The participant's code.")],
    language: Language = None,
    port: Annotated[int, typer.Option("--port", help="Port on this computer.")] = 8650,
    no_open: NoOpen = False,
) -> None:
    """Enter one participant's answers in an interview, or from a booklet, on this computer.

    Example: remission survey enter --study my-study --wave month_3 --participant 1017
    """
    opened = open_study(study, create_database=False)
    questionnaire(opened, wave, participant, language or asking_plan(opened).languages[0])
    made = invite(opened, wave, [participant], language, days=1, mode="interview")
    token, free = str(made["token"].iloc[0]), free_port(port)
    address = f"http://{LOOPBACK}:{free}/q/{token}"
    server = _server(opened, "interview", LOOPBACK, free, (LOOPBACK, "localhost"))
    threading.Thread(target=_end_when_handed_in, args=(opened, token, server), daemon=True).start()
    sentence(f"The form is at {address} (this computer only). It ends when it is handed in, or with Ctrl-C.")
    if not no_open:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    server.run()
    link = find_link(opened, token)
    done = link is not None and link.state == "finished"
    sentence("The answers are recorded." if done else "Not handed in; what was sent is kept with the link.")


def _end_when_handed_in(study: Study, token: str, server) -> None:  # type: ignore[no-untyped-def]
    while not server.should_exit:
        time.sleep(1)
        link = find_link(study, token)
        if link is not None and link.state == "finished":
            time.sleep(3)
            server.should_exit = True


@app.command("status")
def status(study: StudyFolder) -> None:
    """List links: open, handed in, expired, revoked, and what waits for a person to look at.

    Example: remission survey status --study my-study
    """
    found = link_status(open_study(study, create_database=False))
    if found.empty:
        sentence("Nobody was invited yet.")
        return
    dated = found.assign(expires_at=[f"{day:%Y-%m-%d}" for day in found["expires_at"]])
    table(dated[SHOWN].fillna({"needs_attention": ""}))
    waiting = int(found["needs_attention"].notna().sum())
    if waiting:
        sentence(f"{waiting} of these wait for a person of the team to look at.", style="bold red")


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
    sentence(f"The answers of {count} expired links are recorded." if count else "No expired link holds answers.")


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
