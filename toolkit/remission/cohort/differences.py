"""What entries would add to a database, what it knows already, and where the two disagree."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort.kinds import KINDS
from remission.errors import ImportRefused

CHANGES = ("table", "participant_id", "wave", "item", "field", "old", "new")
TABLES = tuple(kind.table for kind in KINDS)


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

    @classmethod
    def none(cls) -> "Differences":
        """Return the differences of no entries at all."""
        blank = dict.fromkeys(TABLES, 0)
        return cls(blank, blank, blank, blank, pd.DataFrame(columns=list(CHANGES)), (), 0)

    @property
    def nothing_new(self) -> bool:
        """Whether recording the entries would leave the database as it is."""
        return not any(self.new.values()) and not any(self.filled.values()) and self.changes.empty

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
            "Nothing was written. Correct the file, or take the list back with `remission undo`; an import takes new "
            "values with --accept-changes and a reason.",
        )

    def __add__(self, other: "Differences") -> "Differences":
        """Join the differences of two pieces of one file."""
        return Differences(
            new=_sums(self.new, other.new),
            same=_sums(self.same, other.same),
            filled=_sums(self.filled, other.filled),
            changed=_sums(self.changed, other.changed),
            changes=pd.concat([frame for frame in (self.changes, other.changes) if not frame.empty] or [self.changes]),
            participants_new=(*self.participants_new, *other.participants_new),
            participants_known=self.participants_known + other.participants_known,
        )


def _sums(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {table: left[table] + right[table] for table in left}
