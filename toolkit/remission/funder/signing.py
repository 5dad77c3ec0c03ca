"""Signatures of two people on a release: Ed25519, public keys in a list that both know."""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from remission.errors import ReleaseRefused
from remission.yaml_file import read_yaml

FIRST_LINE = "remission signing key, one person's own"
PURPOSE = b"remission release\n"
SIGNATURES = 2


@dataclass(frozen=True)
class Signature:
    """What one person signed with."""

    name: str
    signature: str


def new_signing_key(path: Path) -> str:
    """Make a key in a new file that its owner alone may read, and return its public half.

    Raises
    ------
    ReleaseRefused
        The file is there already or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise ReleaseRefused(f"{path} is there already.", "Name a new file: a key is never overwritten.") from error
    except OSError as error:
        raise ReleaseRefused(f"{path} cannot be written ({error.strerror}).", "Choose another place.") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{FIRST_LINE}\n{_text(key.private_bytes_raw())}\n")
    return public_half(key)


def read_signing_key(path: Path) -> Ed25519PrivateKey:
    """Read a signing key.

    Raises
    ------
    ReleaseRefused
        It is not there, is none, or others may read it.
    """
    path = Path(path)
    if not path.is_file():
        raise ReleaseRefused(f"There is no key file {path}.", "Make one with `remission release key`.")
    if path.stat().st_mode & 0o077:
        raise ReleaseRefused(f"Others may read the key file {path}.", f"Make it yours alone: chmod 600 {path}")
    try:
        lines = path.read_text(encoding="ascii").split("\n")
        if lines[0] == FIRST_LINE:
            return Ed25519PrivateKey.from_private_bytes(base64.b64decode(lines[1], validate=True))
    except (OSError, UnicodeDecodeError, IndexError, binascii.Error, ValueError):
        pass
    raise ReleaseRefused(f"{path} is no signing key.", "Name the file that `remission release key` wrote.")


def public_half(key: Ed25519PrivateKey) -> str:
    """Return the public half of a key as text."""
    return _text(key.public_key().public_bytes_raw())


def sign(key: Ed25519PrivateKey, manifest: bytes) -> str:
    """Sign a manifest."""
    return _text(key.sign(PURPOSE + manifest))


def read_signers(path: Path) -> dict[str, str]:
    """Read the list of those who may sign: name to public key.

    Raises
    ------
    ReleaseRefused
        It is not there or no list of names and keys.
    """
    if not path.is_file():
        raise ReleaseRefused(f"There is no list of signers {path}.", "Add people with `remission release key`.")
    signers = {str(name): str(key) for name, key in read_yaml(path).items()}
    if len(set(signers.values())) < len(signers):
        raise ReleaseRefused(f"{path} gives two people the same key.", "Each signs with a key of their own.")
    return signers


def require_two(manifest: bytes, signatures: tuple[Signature, ...], signers: Mapping[str, str]) -> tuple[str, ...]:
    """Return who signed; at least two different people, each with a key on the list.

    Raises
    ------
    ReleaseRefused
        A signature does not fit, somebody is not on the list, or fewer than two signed.
    """
    for each in signatures:
        if each.name not in signers:
            raise ReleaseRefused(f"'{each.name}' is not on the list of signers.", "Ask the study who signs.")
        if not _fits(signers[each.name], each.signature, manifest):
            raise ReleaseRefused(
                f"The signature of {each.name} does not fit: the release was changed after it was signed.",
                "Ask the study for the release again.",
            )
    names = tuple(sorted({each.name for each in signatures}))
    if len(names) < SIGNATURES:
        signed = names[0] if names else "nobody"
        raise ReleaseRefused(f"The release is signed by {signed} alone.", "Two different people sign a release.")
    return names


def _fits(public: str, signature: str, manifest: bytes) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), PURPOSE + manifest)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
