"""Names, addresses and telephone numbers: a file of its own under a key of its own, for those who call people."""

from remission.vault.contacts import ContactList, read_contacts, record_contacts
from remission.vault.key import VaultKey, new_key, read_key
from remission.vault.vault import VAULT_FILE, Vault, create_vault, forget, open_vault

__all__ = [
    "VAULT_FILE",
    "ContactList",
    "Vault",
    "VaultKey",
    "create_vault",
    "forget",
    "new_key",
    "open_vault",
    "read_contacts",
    "read_key",
    "record_contacts",
]
