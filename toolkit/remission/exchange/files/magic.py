"""What a file is, from its first bytes: each kind that cannot be read gets its own sentence."""

from pathlib import Path

from remission.errors import UnreadableFile

HEAD = 512


def require_spss(path: Path) -> None:
    """Let through SPSS system files (.sav, .zsav) and refuse all else.

    Raises
    ------
    UnreadableFile
        The file is absent, empty, encrypted, of an older SPSS kind, or something else.
    """
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}.", "Check its name and folder.")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be opened ({error.strerror}).", "Check its permissions.") from error
    for recognised, cause, cure in _kinds(head):
        if recognised:
            raise UnreadableFile(f"{path.name} {cause}.", cure)


def _kinds(head: bytes) -> list[tuple[bool, str, str]]:
    save = "Open it in SPSS or PSPP and save it as .sav"
    return [
        (not head, "is empty", "Copy the file again from where it came."),
        (
            head[8:20] == b"ENCRYPTEDSAV",
            "is protected with a password",
            "Open it in SPSS with the password and save it without one.",
        ),
        (b"ASCII SPSS PORT FILE" in head, "is an SPSS portable file", f"{save}, which keeps user-missing codes."),
        (head[:4] == b"\x02\x00\x00\x00", "is an SPSS/PC+ file from the 1980s", f"{save}."),
        (head[:4] not in (b"$FL2", b"$FL3"), "is not an SPSS file", "Give a .sav or .zsav file."),
    ]
