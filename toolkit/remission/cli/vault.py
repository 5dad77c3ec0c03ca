"""``remission vault``: names and addresses, under a key of their own."""

import os
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import heading, sentence, table
from remission.cohort import Study, open_study, plan_erasure
from remission.cohort.engine import writing
from remission.cohort.entries import operator
from remission.cohort.trail.chain import note
from remission.errors import RemissionError
from remission.exchange.forms.csv_file import read_rows
from remission.vault import Vault, create_vault, new_key, open_vault, read_contacts, read_key, record_contacts

app = typer.Typer(help="Names and addresses, apart from all else and under a key of their own.", no_args_is_help=True)
KEY_VARIABLE = "REMISSION_VAULT_KEY"
VaultKeyFile = Annotated[
    Path | None, typer.Option("--vault-key", metavar="FILE", help=f"The key file; {KEY_VARIABLE} may name it.")
]


def opened_vault(study: Study, key: Path | None) -> Vault:
    """Open a study's vault with the key that is named, or that the environment names.

    Raises
    ------
    RemissionError
        No key is named, or it does not open the vault.
    """
    named = key or (Path(os.environ[KEY_VARIABLE]) if os.environ.get(KEY_VARIABLE) else None)
    if named is None:
        raise RemissionError("The vault needs its key.", f"Name the file with --vault-key, or in {KEY_VARIABLE}.")
    return open_vault(study, read_key(named))


@app.command("init")
def init(
    study: StudyFolder,
    key: Annotated[Path, typer.Option(metavar="FILE", help="Where the new key goes; not in the study folder.")],
) -> None:
    """Make a study's vault and its key. Without the key nobody can open the vault again: keep a printed copy.

    Example: remission vault init --study my-study --key ~/keys/my-study.key
    """
    opened = open_study(study, create_database=False)
    if (opened.path / "vault.db").exists():
        raise RemissionError("The study has a vault already.", "Open it with its key.")
    made = new_key(key.expanduser(), opened.path)
    create_vault(opened, made)
    sentence(f"Made the vault of {study} and wrote its key to {key}.")
    sentence("Print that file and lock the paper away: without the key the names are lost.")


@app.command("record")
def record(
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8: participant_id, name, kind, value, ...")],
    study: StudyFolder,
    vault_key: VaultKeyFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file; write nothing.")] = False,
) -> None:
    """Record names and contact points from a list; the same list again changes nothing.

    Columns: participant_id; name, preferred_name, language, time_zone, safe_times, notes; and a contact point:
    kind (phone, text, email, address, online, contact_person), value, contact_name, relation, may_contact,
    may_leave_message, cover_wording.

    Example: remission vault record contacts.csv --study my-study --vault-key ~/keys/my-study.key
    """
    opened = open_study(study, create_database=False)
    vault = opened_vault(opened, vault_key)
    rows = [row.cells for row in read_rows(file, "a list of contacts", ("participant_id",), {})]
    found = read_contacts(opened, file, rows)
    count = sum(len(points) for points in found.points.values())
    sentence(f"{len(found.people)} participants with {count} contact points.")
    if dry_run:
        sentence("Dry run: nothing was written.")
        return
    changed = record_contacts(opened, vault, found)
    sentence(f"{changed} cells recorded." if changed else "Nothing changed: all of it was recorded before.")
    sentence(f"Delete {file} now, or keep it where the key is: it holds names in the clear.")


@app.command("show")
def show(
    study: StudyFolder,
    participant: Annotated[str, typer.Option(help="The participant's code.")],
    vault_key: VaultKeyFile = None,
) -> None:
    """Show one participant's name and contact points. Every look is noted in the audit trail.

    Example: remission vault show --study my-study --participant 1017 --vault-key ~/keys/my-study.key
    """
    opened = open_study(study, create_database=False)
    vault = opened_vault(opened, vault_key)
    uid = plan_erasure(opened, participant).uid
    with writing(opened.engine) as connection:
        note(connection, operator(), "opened", [{"table": "vault", "key": participant, "code": participant}])
    person, points = vault.person(uid), vault.contact_points(uid)
    if not person and points.empty:
        sentence(f"The vault knows nothing of participant {participant}.")
        return
    heading(f"Participant {participant}")
    table(pd.DataFrame([{"": name.replace("_", " "), "is": text} for name, text in person.items()]))
    table(points)


@app.command("rotate-key")
def rotate_key(
    study: StudyFolder,
    new: Annotated[Path, typer.Option("--new-key", metavar="FILE", help="Where the new key goes.")],
    vault_key: VaultKeyFile = None,
) -> None:
    """Seal the vault anew under a new key; the old one opens nothing any more.

    Example: remission vault rotate-key --study my-study --vault-key old.key --new-key new.key
    """
    opened = open_study(study, create_database=False)
    vault = opened_vault(opened, vault_key)
    vault.with_key(new_key(new.expanduser(), opened.path))
    with writing(opened.engine) as connection:
        note(connection, operator(), "key changed", [{"table": "vault"}])
    sentence(f"Sealed anew. The new key is {new}. Backups from before need the old key: keep it until they are gone.")
