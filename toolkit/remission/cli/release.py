"""``remission release`` and ``remission attack``: from a plan to a frozen release, and the attacker's view of it."""

import os
import sys
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from remission.cli.dashboard import LOOPBACK, free_port
from remission.cli.options import StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import progress, sentence, table
from remission.cohort import open_study
from remission.errors import RemissionError
from remission.funder.bundle import folders_of, numbered, read_release, unsigned
from remission.releasing import (
    Attack,
    Draft,
    Releases,
    add_signer,
    freeze,
    keep_draft,
    make_draft,
    read_plan,
    releases_of,
    sign_draft,
)
from remission.releasing import attack as attack_releases
from remission.releasing.plan import TEMPLATE

app = typer.Typer(help="Releases for funders: drafted, audited, signed by two people, frozen.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(min=1, help="The number of the release.")]
FAILED = 1


@app.command("plan")
def plan(file: Annotated[Path, typer.Argument(help="A new file.", metavar="FILE")]) -> None:
    """Write a plan to start from, every line explained.

    Example: remission release plan release.yaml
    """
    with new_private_file(file) as out:
        out.write(TEMPLATE.read_text(encoding="utf-8"))
    sentence(f"{file} says what a release shows. Edit it, then: remission release draft {file} --study FOLDER")


@app.command("draft")
def draft(
    file: Annotated[Path, typer.Argument(help="What the release shows (YAML).", metavar="PLAN")],
    study: StudyFolder,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of the draft that is there.")] = False,
) -> None:
    """Compute the next release, hide what must be hidden, and attack it.

    Example: remission release draft release.yaml --study my-study
    """
    opened = open_study(study, create_database=False)
    with progress("Drafting"):
        made = make_draft(opened, read_plan(file))
    _say(made)
    if not made.passed:
        raise typer.Exit(FAILED)
    if dry_run:
        sentence("Nothing was written.")
        return
    folder = keep_draft(opened, made, replace)
    number = made.content["number"]
    sentence(f"Release {number} is drafted: {folder}.")
    sentence(f"Read it, then two people sign: remission release sign {number} --study {study} --key KEY")


def _say(made: Draft) -> None:
    found = made.verdict
    hidden = sum(cell["count"] is None for cell in made.content["cells"])
    sentence(
        f"Counts in tables: {found.cells}, hidden: {hidden} ({hidden / max(1, found.cells):.0%}), of them "
        f"{made.lost} that are not small themselves."
    )
    sentence(f"Counts that an attacker was held against: {found.unseen}.")
    if made.settled.newcomers:
        sentence("Fewer than 11 people are new since the release before; they wait for a later one.")
    for each in made.settled.carried:
        sentence(f"'{each}' is shown as it was in the release before: fewer than 11 people moved in it.")
    if made.left_out:
        sentence(made.left_out)
    for one in (*found.recovered[:10], *made.attacked.together[:10]):
        sentence(f"Recovered: {one.sentence}", style="red")
    told = "An attacker recovers no count." if made.passed else "The audit failed."
    sentence(told, style="" if made.passed else "bold red")


@app.command("audit")
def audit(number: Number, study: StudyFolder) -> None:
    """Attack a draft with the earlier releases at hand; exit code 1 where it recovers something.

    Example: remission release audit 1 --study my-study
    """
    places = releases_of(open_study(study, create_database=False))
    with progress("Attacking"):
        found = attack_releases([*places.published(), unsigned(places.drafts / numbered(number))])
    _tell(found)


@app.command("key")
def key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    study: StudyFolder,
    out: Annotated[Path, typer.Option("--out", help="A new file that only this person can reach.")],
) -> None:
    """Make a person's signing key, and put its public half on the study's list of signers.

    Example: remission release key "study lead" --study my-study --out ~/keys/lead.key
    """
    add_signer(releases_of(open_study(study, create_database=False)), name, out)
    sentence(f"The key is in {out}; keep it to yourself. {name} is on the list of signers.")


@app.command("sign")
def sign(
    number: Number,
    study: StudyFolder,
    key_file: Annotated[Path, typer.Option("--key", help="Your signing key.")],
) -> None:
    """Sign a draft with your key, after one more attack on it.

    Example: remission release sign 1 --study my-study --key ~/keys/lead.key
    """
    places = releases_of(open_study(study, create_database=False))
    with progress("Attacking"):
        name = sign_draft(places, places.drafts / numbered(number), key_file)
    sentence(f"Release {number} is signed by {name}.")


@app.command("freeze")
def freeze_release(number: Number, study: StudyFolder) -> None:
    """Freeze a draft that two people signed, and note in the ledger who was behind its counts.

    Example: remission release freeze 1 --study my-study
    """
    final = freeze(open_study(study, create_database=False), number)
    sentence(f"Release {number} is frozen: {final}.")


@app.command("list")
def list_releases(study: StudyFolder) -> None:
    """List drafts and frozen releases.

    Example: remission release list --study my-study
    """
    places = releases_of(open_study(study, create_database=False))
    rows = [_row(path, places, frozen) for frozen, path in _all(places)]
    if not rows:
        sentence("There is no release yet. Start with: remission release draft PLAN --study FOLDER")
        return
    table(pd.DataFrame(rows))


def _all(places: Releases) -> list[tuple[bool, Path]]:
    pairs = ((True, places.frozen), (False, places.drafts))
    return [(frozen, path) for frozen, place in pairs if place.is_dir() for path in folders_of(place)]


def _row(path: Path, places: Releases, frozen: bool) -> dict[str, object]:
    if frozen:
        made = read_release(path, places.signers)
        content, signed = made.content, ", ".join(made.signed_by)
    else:
        content, signed = unsigned(path), "not yet by two"
    counts = [cell["count"] for cell in content["cells"]]
    return {
        "number": content["number"],
        "state": "frozen" if frozen else "draft",
        "prepared": content["prepared"],
        "counts": len(counts),
        "hidden": counts.count(None),
        "signed by": signed,
    }


@app.command("serve")
def serve(
    releases: Annotated[Path, typer.Argument(help="A folder with frozen releases and nothing else.", metavar="FOLDER")],
    signers: Annotated[Path, typer.Option("--signers", help="The study's list of signers.")],
    port: Annotated[int, typer.Option("--port", help="Port; the next free one if it is taken.")] = 8700,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = LOOPBACK,
    name: Annotated[list[str] | None, typer.Option("--name", help="Host name it may be asked by; repeatable.")] = None,
    accounts: Annotated[
        Path | None, typer.Option("--accounts", help="Who may sign in: accounts.json, as `account add` makes it.")
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Let everybody in who knows the address.")] = False,
) -> None:
    """Serve the funder's pages, in a process that reads these releases and can open no study.

    Without accounts it serves this computer alone, unless --public says that everybody may see the releases.

    Example: remission release serve releases/frozen --signers releases/signers.yaml --accounts releases/accounts.json
    """
    reached = bool(name) or host not in (LOOPBACK, "localhost", "::1")
    if reached and accounts is None and not public:
        raise RemissionError(
            "Everybody who knows the address could see the releases.",
            "Name those who may sign in with --accounts, or say --public.",
        )
    if accounts is not None and not accounts.is_file():
        raise RemissionError(f"There is no file {accounts}.", "Make accounts: remission account add.")
    free = free_port(port)
    sentence(f"The releases are at http://{host}:{free}. Ctrl-C ends it.")
    words = ["-m", "remission.funder", str(releases), "--signers", str(signers), "--port", str(free), "--host", host]
    for each in name or ():
        words += ["--name", each]
    if accounts is not None:
        words += ["--accounts", str(accounts)]
    sys.stdout.flush()
    # The process is replaced, so that nothing of this one (which knows the study's code) stays.
    os.execv(sys.executable, [sys.executable, *words])


def attack(releases: Annotated[list[Path], typer.Argument(help="Folders of releases.", metavar="RELEASE…")]) -> None:
    """Attack releases as an outsider would, each alone and together; exit code 1 where a count is recovered.

    Example: remission attack releases/frozen/release-0001 releases/frozen/release-0002
    """
    with progress("Attacking"):
        found = attack_releases([unsigned(folder) for folder in releases])
    _tell(found)


def _tell(found: Attack) -> None:
    for number, each in found.alone:
        narrow = "" if each.narrowest is None else f"; the narrowest interval of a hidden one is {each.narrowest} wide"
        sentence(f"Release {number}: {each.hidden} of {each.cells} counts hidden ({each.share_hidden:.0%}){narrow}.")
        for one in each.recovered:
            sentence(f"Recovered: {one.sentence}", style="red")
    for one in found.together:
        sentence(f"Recovered: {one.sentence}", style="red")
    sentence(
        f"{found.recovered} cells recovered; {found.stretches} stretches of curves with fewer people than allowed."
    )
    if found.recovered:
        raise typer.Exit(FAILED)
