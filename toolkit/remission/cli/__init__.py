"""The command line: one command a module, errors in one sentence, never a traceback."""

import os
import sys

import typer

from remission import __version__
from remission.cli import (
    account,
    analyze,
    audit,
    backup,
    consent,
    dashboard,
    demo,
    doctor,
    export,
    follow_up,
    import_file,
    instrument,
    new,
    outcome,
    profile,
    protocol,
    query,
    record,
    relapse,
    release,
    report,
    safety,
    signals,
    survey,
    tracking,
    undo,
    vault,
    wishes,
)
from remission.cli.screen import errors
from remission.errors import RemissionError

app = typer.Typer(
    name="remission",
    help="Outcome tracking for addiction-recovery cohorts.",
    epilog="Start with: remission demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("new")(new.new)
app.command("profile")(profile.profile)
app.command("import")(import_file.import_file)
app.command("export")(export.export)
app.command("undo")(undo.undo)
app.command("record")(record.record)
app.command("due")(tracking.due)
app.command("dispositions")(tracking.dispositions)
app.command("incentives")(tracking.incentives)
app.command("follow-up")(follow_up.follow_up)
app.command("stop")(wishes.stop)
app.command("resume")(wishes.resume)
app.command("erase")(wishes.erase)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("signals")(signals.signals)
app.command("doctor")(doctor.doctor)
app.command("analyze")(analyze.analyze)
app.command("relapse")(relapse.relapse)
app.command("timeline")(outcome.timeline)
app.command("multiverse")(outcome.multiverse)
app.command("report")(report.report)
app.command("dashboard")(dashboard.dashboard)
app.command("demo")(demo.demo)
app.add_typer(account.app, name="account")
app.add_typer(audit.app, name="audit")
app.add_typer(consent.app, name="consent")
app.add_typer(backup.keys, name="keys")
app.add_typer(instrument.app, name="instrument")
app.add_typer(outcome.app, name="outcome")
app.add_typer(release.app, name="release")
app.command("attack")(release.attack)
app.add_typer(safety.app, name="safety")
app.add_typer(survey.app, name="survey")
app.add_typer(protocol.app, name="protocol")
app.add_typer(query.app, name="query")
app.add_typer(tracking.contact, name="contact")
app.add_typer(vault.app, name="vault")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"remission {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Outcome tracking for addiction-recovery cohorts."""


def main() -> None:
    """Run the command line; a person sees one sentence where something is wrong.

    ``REMISSION_DEBUG=1`` lets unexpected errors through with their traceback.
    """
    try:
        app()
    except RemissionError as error:
        said = f"{error.cause} {error.cure}".encode("utf-8", "replace").decode()
        errors.print(said, style="bold red", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get("REMISSION_DEBUG"):
            raise
        errors.print(
            f"Something unexpected went wrong ({type(error).__name__}); nothing half-done was kept. "
            "Run the command again with REMISSION_DEBUG=1 set to see where.",
            style="bold red",
            markup=False,
            soft_wrap=True,
        )
        sys.exit(70)
