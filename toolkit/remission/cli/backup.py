"""``remission backup``, ``remission restore`` and ``remission keys``: a study as one encrypted file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import progress, sentence
from remission.cohort import open_study
from remission.keeping import back_up, new_backup_key, read_backup_key
from remission.keeping import restore as restore_study

keys = typer.Typer(help="Keys of backups.", no_args_is_help=True)
KeyFile = Annotated[Path, typer.Option("--key", metavar="FILE", help="The key file that `remission keys new` wrote.")]


@keys.command("new")
def new_key(
    file: Annotated[Path, typer.Argument(help="Where the new key goes; not in a study folder, nor with the backups.")],
) -> None:
    """Make a key for backups. The file is a short text: print it and lock the paper away; typed in again it is the key.

    Example: remission keys new ~/keys/backup.key
    """
    new_backup_key(file.expanduser())
    sentence(f"Wrote a new key to {file}. Without it nobody can open a backup: print the file and lock the paper away.")


def backup(
    study: StudyFolder,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where it goes: another disk, not the study folder.")],
    key: KeyFile,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Delete older ones of this study beyond so many, once this one is good."),
    ] = None,
) -> None:
    """Write the study into one encrypted file while others work in it, read it back, and only then give it its name.

    Example: remission backup --study my-study --to /backups --key ~/keys/backup.key --keep 30
    """
    opened = open_study(study, create_database=False)
    secret = read_backup_key(key.expanduser())
    with progress(f"Backing up {opened.path.name} and reading it back") as tell:
        made = back_up(opened, to.expanduser(), secret, keep, tell)
    state = made.manifest.state
    sentence(
        f"Wrote {made.path.name} ({made.size / 1e6:,.1f} MB, {sum(state.rows.values()):,} rows) to {made.path.parent}; "
        "it was read back and is whole."
    )
    sentence(f"Newest entry of the audit trail: {state.head}")
    if keep is not None:
        sentence(f"{made.removed} older backups of this study were deleted.")
    if made.unopened:
        sentence(f"{made.unopened} backups there were made with another key, or are damaged; they were left.")


def restore(
    backup_file: Annotated[Path, typer.Argument(metavar="BACKUP", help="A file that `remission backup` wrote.")],
    key: KeyFile,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="The new study folder.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in place of the study there, which is kept under another name.")
    ] = False,
    despite_faults: Annotated[
        bool, typer.Option("--despite-faults", help="Restore also what the audit trail does not vouch for.")
    ] = False,
) -> None:
    """Restore a study from a backup, without those who were erased since; all is proven before it is put in place.

    Close the dashboard and the survey of a study that you replace.

    Example: remission restore /backups/my-study-20261123T120000Z.rmbak --key ~/keys/backup.key --to my-study-restored
    """
    secret = read_backup_key(key.expanduser())
    with progress(f"Restoring {backup_file.name}") as tell:
        done = restore_study(backup_file.expanduser(), secret, to.expanduser(), replace, despite_faults, tell)
    state = done.manifest.state
    sentence(
        f"Restored {done.path} as it was on {done.manifest.made_at:%Y-%m-%d %H:%M} UTC: "
        f"{sum(state.rows.values()):,} rows, newest entry of the audit trail {state.head}."
    )
    if done.erased:
        sentence(f"{done.erased} people who were erased after that day were erased again.")
    for remark in done.remarks:
        sentence(remark)
    if done.kept is not None:
        sentence(f"The study that stood there is now {done.kept}.")
