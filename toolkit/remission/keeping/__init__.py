"""Keeping a study safe: backups that were read back, restoring them, and a look at its health."""

from remission.keeping.backup import Backup, back_up
from remission.keeping.doctor import examine
from remission.keeping.finding import Finding
from remission.keeping.key_file import BackupKey, new_backup_key, read_backup_key
from remission.keeping.restoring import Restored, restore

__all__ = [
    "Backup",
    "BackupKey",
    "Finding",
    "Restored",
    "back_up",
    "examine",
    "new_backup_key",
    "read_backup_key",
    "restore",
]
