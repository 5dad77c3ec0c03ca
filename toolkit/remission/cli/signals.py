"""``remission signals``: changes between two interviews that the team may want to ask about."""

from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import sentence, table
from remission.cohort import open_study
from remission.questions.signals import signals as find_signals
from remission.report import signal_sentence, signal_table


def signals(
    study: StudyFolder,
    everything: Annotated[bool, typer.Option("--all", help="Those from longer ago too.")] = False,
    site: Annotated[str, typer.Option(help="Only participants of this site.")] = "",
) -> None:
    """List changes between the last two interviews that the team may want to ask about. Nothing is changed.

    Example: remission signals --study my-study --site north
    """
    opened = open_study(study, create_database=False)
    found = find_signals(opened.at_sites((site,)) if site else opened)
    sentence(signal_sentence(found))
    shown = found if everything else found[found["recent"].astype(bool)]
    if len(shown):
        table(signal_table(shown), whole=("Participant", "Since"))
