"""Who signed in and looked at what, a line each; no password, token, code or address."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar


class AccessLog:
    """A file that is only added to.

    Parameters
    ----------
    file : pathlib.Path or None
        None keeps nothing, in a process that may write nowhere.
    """

    FILE: ClassVar[str] = "access.log"

    def __init__(self, file: Path | None) -> None:
        self.file = file

    def note(self, account: str, what: str) -> None:
        """Add a line."""
        if self.file is None:
            return
        said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "account": account, "what": what}
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(said, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(handle)

    def lines(self, last: int = 200) -> list[dict[str, str]]:
        """Return the last lines, the newest first."""
        if self.file is None or not self.file.is_file():
            return []
        held = self.file.read_text(encoding="utf-8").splitlines()[-last:]
        found = []
        for line in reversed(held):
            try:
                said = json.loads(line)
                found.append({key: str(said[key]) for key in ("at", "account", "what")})
            except (ValueError, TypeError, KeyError):
                # A line that a power cut tore off.
                continue
        return found
