"""The file of accounts: who there is, with which roles, for which sites."""

import contextlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from remission.door.passwords import hashed, new_secret, require_good
from remission.door.roles import EVERYWHERE, ROLES, Identity
from remission.errors import AccountError

FILE = "accounts.json"
FORMAT = 1
NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,62}[a-z0-9]")
STALE_SECONDS = 30


@dataclass(frozen=True)
class Account:
    """One account as it is kept.

    Attributes
    ----------
    password : str or None
        Its Argon2 hash; none where only the second door (OpenID Connect) opens.
    grants : tuple of (str, str)
        Role and site.
    secret : str or None
        For one-time codes.
    disabled : bool
    generation : int
        Counts changes that end every session.
    """

    password: str | None
    grants: tuple[tuple[str, str], ...]
    secret: str | None = None
    disabled: bool = False
    generation: int = 1

    def identity(self, name: str) -> Identity:
        """Return who is signed in with it."""
        return Identity(name, self.grants)


class Accounts:
    """The accounts of a study, or of those who may see its releases; read anew whenever the file changed.

    Parameters
    ----------
    file : pathlib.Path
    """

    def __init__(self, file: Path) -> None:
        self.file = Path(file)
        self._stamp: tuple[int, int, int] | None = None
        self._held: dict[str, Account] = {}

    def all(self) -> dict[str, Account]:
        """Return all accounts by name.

        Raises
        ------
        AccountError
            The file cannot be read.
        """
        try:
            state = self.file.stat()
        except FileNotFoundError:
            self._stamp, self._held = None, {}
            return {}
        stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
        if stamp != self._stamp:
            self._held, self._stamp = _read(self.file), stamp
        return self._held

    def get(self, name: str) -> Account | None:
        """Return an account, None where there is none."""
        return self.all().get(name)

    def add(self, name: str, password: str | None, grants: tuple[tuple[str, str], ...]) -> None:
        """Add an account.

        Raises
        ------
        AccountError
            The name is taken or is none, the password is too easy, or a role is not known.
        """
        self.require_free(name)
        _require_grants(grants)
        if password is not None:
            require_good(password, name)
        kept = Account(hashed(password) if password is not None else None, grants)
        with self._changing() as held:
            if name in held:
                raise AccountError(f"There is an account {name} already.", "Change it, or choose another name.")
            held[name] = kept

    def require_free(self, name: str) -> None:
        """Refuse a name that is none, or that somebody has.

        Raises
        ------
        AccountError
            It is one of these.
        """
        if not NAME.fullmatch(name):
            raise AccountError(f"'{name}' is no name for an account.", "Use 3 to 64 of a-z, 0-9, dot, dash, _ and @.")
        if name in self.all():
            raise AccountError(f"There is an account {name} already.", "Change it, or choose another name.")

    def set_grants(self, name: str, grants: tuple[tuple[str, str], ...]) -> None:
        """Give an account other roles; its sessions end."""
        _require_grants(grants)
        self._change(name, grants=grants)

    def set_password(self, name: str, password: str) -> None:
        """Give an account another password; its sessions end."""
        require_good(password, name)
        self._change(name, password=hashed(password))

    def set_secret(self, name: str, secret: str | None) -> None:
        """Turn one-time codes on or off; its sessions end."""
        self._change(name, secret=secret)

    def new_secret(self, name: str) -> str:
        """Turn one-time codes on with a new secret, and return it."""
        secret = new_secret()
        self.set_secret(name, secret)
        return secret

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Shut an account or open it again; its sessions end."""
        self._change(name, disabled=disabled)

    def end_sessions(self, name: str) -> None:
        """End every session of an account."""
        self._change(name)

    def _change(self, name: str, **values: Any) -> None:
        with self._changing() as held:
            if name not in held:
                raise AccountError(f"There is no account {name}.", "See `remission account list`.")
            held[name] = replace(held[name], generation=held[name].generation + 1, **values)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, Account]]:
        with _alone(self.file):
            held = dict(_read(self.file)) if self.file.exists() else {}
            yield held
            _write(self.file, held)


def parse_grants(said: list[str]) -> tuple[tuple[str, str], ...]:
    """Read roles as people write them: ``staff:north``, ``staff:north,south``, ``statistician:*``.

    Raises
    ------
    AccountError
        A role is not known, or no site is named.
    """
    found = []
    for each in said:
        role, _, sites = each.partition(":")
        named = [site.strip() for site in sites.split(",") if site.strip()]
        if not named:
            raise AccountError(
                f"The role '{each}' is given for no site, so it would show nothing.",
                f"Write {role}:SITE, or {role}:{EVERYWHERE} for every site.",
            )
        found += [(role.strip(), site) for site in named]
    grants = tuple(dict.fromkeys(found))
    _require_grants(grants)
    return grants


def _require_grants(grants: tuple[tuple[str, str], ...]) -> None:
    for role, _ in grants:
        if role not in ROLES:
            raise AccountError(f"There is no role '{role}'.", f"There are {', '.join(ROLES)}.")


def _read(file: Path) -> dict[str, Account]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise AccountError(f"{file} has another format.", "Install the release of remission that wrote it.")
        return {
            name: Account(**{**one, "grants": tuple((str(role), str(site)) for role, site in one["grants"])})
            for name, one in said["accounts"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise AccountError(
            f"The accounts in {file} cannot be read; nobody gets in.", "Restore the file from a backup."
        ) from error


def _write(file: Path, accounts: dict[str, Account]) -> None:
    said = {"format": FORMAT, "accounts": {name: asdict(one) for name, one in sorted(accounts.items())}}
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    except OSError as error:
        raise AccountError(f"{file} cannot be written ({error.strerror}).", "Choose another place.") from error
    try:
        # mkstemp gives mode 600, which the rename keeps.
        with os.fdopen(handle, "w", encoding="utf-8") as text:
            json.dump(said, text, indent=1)
            text.flush()
            os.fsync(text.fileno())
        os.replace(draft, file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Let one process at a time change the file; a lock that was left behind gives way after half a minute."""
    lock = file.with_name(f".{file.name}.lock")
    deadline = time.monotonic() + STALE_SECONDS
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                lock.unlink(missing_ok=True)
            time.sleep(0.05)
        except OSError as error:
            raise AccountError(f"{file} cannot be changed ({error.strerror}).", "Look at the folder.") from error
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
