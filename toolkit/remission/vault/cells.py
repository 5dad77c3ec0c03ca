"""One field of one row, sealed with AES-256-GCM so that it opens in its own place alone."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from remission.vault.key import VaultKey

NONCE_BYTES = 12


def seal(key: VaultKey, text: str, place: str) -> bytes:
    """Encrypt a text; ``place`` names study, row and field."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key.secret).encrypt(nonce, text.encode(), place.encode())


def unseal(key: VaultKey, sealed: bytes, place: str) -> str | None:
    """Decrypt a text; None where the key is another, or the cell was changed or moved."""
    try:
        return AESGCM(key.secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
    except (InvalidTag, ValueError):
        # A cell that is shorter than its nonce is a ValueError.
        return None
