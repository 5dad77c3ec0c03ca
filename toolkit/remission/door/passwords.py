"""Passwords kept as Argon2 hashes, and one-time codes; neither is ever logged."""

from functools import lru_cache
from threading import BoundedSemaphore

import pyotp
from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from remission.errors import AccountError

SHORTEST, LONGEST = 12, 256
# The commonest that are long enough; a name of one's own account is refused as well.
COMMON = frozenset(
    {
        "123456789012",
        "1234567890123",
        "password1234",
        "password12345",
        "passwordpassword",
        "qwertyuiop12",
        "qwertyuiop[]",
        "administrator",
        "letmeinletmein",
        "iloveyouiloveyou",
        "changemechangeme",
        "welcome12345",
        "111111111111",
        "000000000000",
        "abcdefghijkl",
        "remission1234",
        "recovery1234",
    }
)
STEP_SECONDS = 30
# Each takes tens of megabytes and a core: no more at one time, however many ask.
_at_once = BoundedSemaphore(2)


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher().hash("nobody has this password")


def require_good(password: str, account: str) -> None:
    """Refuse a password that is too easy to guess.

    Raises
    ------
    AccountError
        It is too short, too long, common, or holds the account's name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountError(f"A password has {SHORTEST} to {LONGEST} characters.", "Four or five words do well.")
    plain = password.casefold()
    if plain in COMMON or len(set(plain)) < 5 or account.casefold() in plain:
        raise AccountError("This password is among the first that are guessed.", "Take four or five unrelated words.")


def hashed(password: str) -> str:
    """Hash a password for keeping."""
    with _at_once:
        return _hasher().hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was hashed; it takes as long where nobody has one."""
    with _at_once:
        try:
            found = _hasher().verify(password[:LONGEST], kept or _nobodys())
        except PwdlibError:
            return False
    return found and kept is not None


def new_secret() -> str:
    """Make a secret for one-time codes."""
    return pyotp.random_base32()


def secret_address(secret: str, account: str) -> str:
    """Write a secret as the address that authenticator apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name="remission")


def code_step(secret: str, code: str, now: float, after: int) -> int | None:
    """Return the step of time that a one-time code belongs to; None if it is wrong or not later than ``after``.

    The step before and the one after now are allowed for clocks that go wrong. RFC 6238.
    """
    said = "".join(code.split())
    current = int(now // STEP_SECONDS)
    for step in (current - 1, current, current + 1):
        if step > after and pyotp.utils.strings_equal(pyotp.TOTP(secret).at(step * STEP_SECONDS), said):
            return step
    return None
