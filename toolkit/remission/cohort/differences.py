"""What entries would add to a database, what it knows already, and where the two disagree."""

from dataclasses import dataclass

import pandas as pd

from remission.errors import ImportRefused

CHANGES = ("table", "participant_id", "wave", "item", "field", "old", "new")


@dataclass(frozen=True)
class Differences:
    """Entries against the database.

    Attributes
    ----------
    new, same, filled, changed : dict
        Facts per table: not stored yet; stored as they are; stored with an empty field that the
        entries fill; stored with another value.
    changes : pandas.DataFrame
        One row is a field that differs: ``table participant_id wave item field old new``.
    participants_new : tuple of str
        Codes that the database does not know.
    participants_known : int
        How many participants of the entries it knows.
    """

    new: dict[str, int]
    same: dict[str, int]
    filled: dict[str, int]
    changed: dict[str, int]
    changes: pd.DataFrame
    participants_new: tuple[str, ...]
    participants_known: int

    @property
    def nothing_new(self) -> bool:
        """Whether recording the entries would leave the database as it is."""
        return not any(self.new.values()) and not any(self.filled.values())

    def refuse_if_changed(self) -> None:
        """Refuse entries that would change what is stored.

        Raises
        ------
        ImportRefused
            Names participant, wave, item, old and new value of the first change and how many follow.
        """
        if self.changes.empty:
            return
        first = self.changes.iloc[0]
        where = f" at wave {first['wave']}" if first["wave"] else ""
        more = f" ({len(self.changes) - 1} more differ)" if len(self.changes) > 1 else ""
        raise ImportRefused(
            f"Participant {first['participant_id']}{where} is already recorded with another value for "
            f"{first['item']}: {first['old']} → {first['new']}{more}.",
            "Recorded answers are not overwritten; correct the file, or leave those rows out.",
        )
