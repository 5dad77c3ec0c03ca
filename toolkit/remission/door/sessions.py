"""Signing in and what follows: sessions kept in this process, locked accounts, used codes."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import RLock

from remission.door.access_log import AccessLog
from remission.door.accounts import FILE, Account, Accounts
from remission.door.passwords import STEP_SECONDS, code_step, fits
from remission.door.roles import Identity
from remission.errors import AccountError

TOKEN_BYTES = 32
IDLE_SECONDS = 15 * 60
ABSOLUTE_SECONDS = 10 * 3600
FREE_FAILURES = 5
FIRST_LOCK_SECONDS, LONGEST_LOCK_SECONDS = 60, 15 * 60
LONGEST_TOKEN = 128


class NotSignedIn(AccountError):
    """A name, password or code did not fit; which of them is not said."""

    def __init__(self) -> None:
        super().__init__(
            "The name, the password or the code is not right, or the account is locked for some minutes.",
            "Try again, or ask the study's administrator.",
        )


@dataclass(frozen=True)
class _Session:
    account: str
    generation: int
    began: float
    seen: float


@dataclass(frozen=True)
class _Failures:
    count: int = 0
    locked_until: float = 0.0


class Door:
    """The accounts of a place and who is signed in there; one for a process.

    Parameters
    ----------
    accounts : Accounts
    log : AccessLog
    clock : callable
        Seconds since 1970.
    fixed : bool
        Nobody changes a password here: the process may write nothing.
    """

    def __init__(
        self, accounts: Accounts, log: AccessLog, clock: Callable[[], float] = time.time, fixed: bool = False
    ) -> None:
        self.accounts, self.log, self.clock, self.fixed = accounts, log, clock, fixed
        self._sessions: dict[str, _Session] = {}
        self._failures: dict[str, _Failures] = {}
        # A code that was used before this process began cannot be told, so none from then counts.
        self._steps: dict[str, int] = {}
        self._first_step = int(clock() // STEP_SECONDS)
        self._lock = RLock()

    def is_shut(self) -> bool:
        """Tell whether signing in is needed: as soon as there is an account, or a file that cannot be read."""
        try:
            return bool(self.accounts.all()) or self.accounts.file.exists()
        except AccountError:
            return True

    def sign_in(self, name: str, password: str, code: str = "") -> str:
        """Check a name, password and one-time code; return the token of a new session.

        Raises
        ------
        NotSignedIn
            Something did not fit, or the account is locked or shut.
        """
        name, now = name.strip().lower(), self.clock()
        account = self.accounts.get(name)
        if self._is_locked(name, now):
            # As slow as a look at the password, so that a locked account is not told from a wrong one.
            fits(password, None)
            raise NotSignedIn
        right = fits(password, account.password if account else None)
        if not (right and account and not account.disabled and self._code_fits(name, account, code, now)):
            self._failed(name, now, known=account is not None)
            raise NotSignedIn
        with self._lock:
            self._failures.pop(name, None)
        return self.begin(name)

    def begin(self, name: str) -> str:
        """Begin a session of an account whose identity was proved; return its token.

        Raises
        ------
        NotSignedIn
            There is no such account, or it is shut.
        """
        account = self.accounts.get(name)
        if account is None or account.disabled:
            self.log.note("", "refused")
            raise NotSignedIn
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self.clock()
        with self._lock:
            self._sweep(now)
            self._sessions[_digest(token)] = _Session(name, account.generation, now, now)
        self.log.note(name, "signed in")
        return token

    def identity(self, token: str | None, renew: bool = False) -> Identity | None:
        """Tell whose session a token is; None where it ended, ran out, or never was.

        ``renew`` is for what a person does; what a page does by itself renews nothing.
        """
        if not token or len(token) > LONGEST_TOKEN:
            return None
        key, now = _digest(token), self.clock()
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            account = self._account_of(session)
            if account is None or not _lasts(session, now):
                del self._sessions[key]
                return None
            if renew:
                self._sessions[key] = replace(session, seen=now)
        return account.identity(session.account)

    def sign_out(self, token: str | None) -> None:
        """End a session."""
        with self._lock:
            session = self._sessions.pop(_digest(token or ""), None)
        if session:
            self.log.note(session.account, "signed out")

    def check(self, name: str, password: str) -> None:
        """Ask for the password once more, before something important.

        Raises
        ------
        NotSignedIn
            It is wrong, or the account is locked.
        """
        now, account = self.clock(), self.accounts.get(name)
        if self._is_locked(name, now) or not fits(password, account.password if account else None):
            self._failed(name, now, known=account is not None)
            raise NotSignedIn

    def code_is_right(self, name: str, secret: str, code: str) -> bool:
        """Check a one-time code against a secret, and use the code up."""
        now = self.clock()
        with self._lock:
            step = code_step(secret, code, now, self._steps.get(name, self._first_step))
            if step is not None:
                self._steps[name] = step
        return step is not None

    def _code_fits(self, name: str, account: Account, code: str, now: float) -> bool:
        return account.secret is None or self.code_is_right(name, account.secret, code)

    def _account_of(self, session: _Session) -> Account | None:
        try:
            account = self.accounts.get(session.account)
        except AccountError:
            return None
        if account is None or account.disabled or account.generation != session.generation:
            return None
        return account

    def _is_locked(self, name: str, now: float) -> bool:
        with self._lock:
            return now < self._failures.get(name, _Failures()).locked_until

    def _failed(self, name: str, now: float, known: bool) -> None:
        with self._lock:
            count = self._failures.get(name, _Failures()).count + 1
            beyond = count - FREE_FAILURES
            wait = min(FIRST_LOCK_SECONDS * 2.0 ** min(beyond, 10), LONGEST_LOCK_SECONDS) if beyond >= 0 else 0.0
            if len(self._failures) > 10_000:
                self._failures = {key: one for key, one in self._failures.items() if one.locked_until > now}
            self._failures[name] = _Failures(count, now + wait)
        # What was typed into the field of the name may be a password.
        self.log.note(name if known else "", "locked" if wait else "failed")

    def _sweep(self, now: float) -> None:
        self._sessions = {key: one for key, one in self._sessions.items() if _lasts(one, now)}


def _lasts(session: _Session, now: float) -> bool:
    return now - session.seen < IDLE_SECONDS and now - session.began < ABSOLUTE_SECONDS


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def form_token(token: str) -> str:
    """Derive from a session's or a form's own token what its forms must send along."""
    return hashlib.sha256(b"form\x1f" + token.encode("utf-8", "replace")).hexdigest()


@lru_cache(maxsize=4)
def door_at(folder: Path) -> Door:
    """Return the door of a study folder, the same one whenever it is asked for in this process."""
    return Door(Accounts(folder / FILE), AccessLog(folder / AccessLog.FILE))
