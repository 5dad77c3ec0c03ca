"""The survey's pages served: to participants, or to staff who enter one participant's answers."""

import threading
import time
import webbrowser
from collections.abc import Callable
from datetime import date
from typing import Annotated

import typer

from remission.asking import invite, questionnaire, survey_app
from remission.asking.links import asking_plan, find_link
from remission.cli.dashboard import LOOPBACK, free_port
from remission.cli.options import NoOpen, StudyFolder
from remission.cli.screen import sentence
from remission.cohort import EVERYONE, Study, answers, open_study
from remission.errors import RemissionError

Wave = Annotated[str, typer.Option("--wave", help="A wave of study.yaml.")]
Language = Annotated[str | None, typer.Option("--language", help="A language code; the survey's first if not given.")]


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


def _server(  # type: ignore[no-untyped-def]
    study: Study, mode: str, host: str, port: int, names: tuple[str, ...], today: Callable[[], date] = date.today
):
    import uvicorn

    # Addresses hold tokens, so no request is ever logged.
    config = uvicorn.Config(
        survey_app(study, mode, names, today),
        host=host,
        port=port,
        access_log=False,
        log_level="error",
        server_header=False,
    )
    return uvicorn.Server(config)


def enter(
    study: StudyFolder,
    wave: Wave,
    participant: Annotated[str, typer.Option("--participant", help="The participant's code.")],
    language: Language = None,
    answered_on: Annotated[
        str | None, typer.Option("--date", help="When it was answered (year-month-day), if not today.")
    ] = None,
    port: Annotated[int, typer.Option("--port", help="Port on this computer.")] = 8650,
    no_open: NoOpen = False,
) -> None:
    """Enter one participant's answers in an interview, or from a booklet, on this computer.

    Example: remission survey enter --study my-study --wave month_3 --participant 1017
    """
    opened = open_study(study, create_database=False)
    questionnaire(opened, wave, participant, language or asking_plan(opened).languages[0])
    day = _date(answered_on)
    _refuse_recorded(opened, wave, participant)
    made = invite(opened, wave, [participant], language=language, days=1, mode="interview")
    token, free = str(made["token"].iloc[0]), free_port(port)
    address = f"http://{LOOPBACK}:{free}/q/{token}"
    server = _server(opened, "interview", LOOPBACK, free, (LOOPBACK, "localhost"), lambda: day)
    threading.Thread(target=_end_when_handed_in, args=(opened, token, server), daemon=True).start()
    sentence(f"The form is at {address} (this computer only). It ends when it is handed in, or with Ctrl-C.")
    if not no_open:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    server.run()
    link = find_link(opened, token)
    done = link is not None and link.state == "finished"
    sentence("The answers are recorded." if done else "Not handed in; what was sent is kept with the link.")


def _date(said: str | None) -> date:
    try:
        found = date.today() if said is None else date.fromisoformat(said)
    except ValueError as error:
        raise RemissionError(f"'{said}' is no date.", "Write year-month-day, such as 2024-03-01.") from error
    if found > date.today():
        raise RemissionError(f"{found} has not come yet.", "Give the day on which it was answered.")
    return found


def _refuse_recorded(study: Study, wave: str, participant: str) -> None:
    held = answers(study.for_purpose(EVERYONE), wave=wave)
    asked = {form.instrument for form in study.protocol.asked_at(wave)}
    mine = held[(held["participant_id"] == participant) & held["instrument"].isin(asked)]
    if not mine.empty:
        raise RemissionError(
            f"Answers of {participant} at {wave} are recorded already.", "Recorded answers are not entered again."
        )


def _end_when_handed_in(study: Study, token: str, server) -> None:  # type: ignore[no-untyped-def]
    while not server.should_exit:
        time.sleep(1)
        link = find_link(study, token)
        if link is not None and link.state == "finished":
            time.sleep(3)
            server.should_exit = True
