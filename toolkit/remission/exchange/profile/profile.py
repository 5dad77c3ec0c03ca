"""The profile of a data file, built up piece after piece in bounded memory."""

from collections.abc import Iterable
from functools import cached_property

import pandas as pd

from remission.exchange.files import DataFile, Dictionary, Variable
from remission.exchange.profile.families import Pattern
from remission.exchange.profile.keys import IdFinding, Keys, LongForm
from remission.exchange.profile.notes import Note, notes_on
from remission.exchange.profile.privacy import Identifying, identifying
from remission.exchange.profile.tally import Tally
from remission.exchange.profile.waves import wave_patterns

SAMPLED_ROWS = 2_000


class Profile:
    """What a file holds: counts per variable, and what the names, labels and values speak for.

    Give the pieces with ``add``; what is found is worked out when it is asked for first.

    Parameters
    ----------
    dictionary : Dictionary
    known_months : iterable of float
        Months of the study's waves, where a study is given.
    """

    def __init__(self, dictionary: Dictionary, known_months: Iterable[float] = ()) -> None:
        self.dictionary = dictionary
        self.known_months = tuple(known_months)
        self.rows = 0
        self.tallies = {name: Tally(variable) for name, variable in dictionary.variables.items()}
        self.keys = Keys(dictionary.variables)
        self._sample: list[pd.DataFrame] = []

    def add(self, piece: DataFile) -> None:
        """Count the rows of a piece; pieces come in the order of the file."""
        if self.rows < SAMPLED_ROWS:
            numbers = piece.frame.select_dtypes("number").head(SAMPLED_ROWS - self.rows)
            self._sample.append(numbers)
        self.rows += len(piece.frame)
        self.keys.add(piece)
        for name, tally in self.tallies.items():
            if name in piece.frame:
                tally.add(piece.frame[name], piece.tags.get(name))

    @property
    def variables(self) -> dict[str, Variable]:
        """Variables by name."""
        return self.dictionary.variables

    @cached_property
    def sample(self) -> pd.DataFrame:
        """The numbers of the first 2,000 rows, user-missing codes as missing."""
        if not self._sample:
            return pd.DataFrame()
        frame = pd.concat(self._sample)
        held = {name: frame[name].mask(self.variables[name].is_user_missing(frame[name])) for name in frame.columns}
        return pd.DataFrame(held, index=frame.index)

    @cached_property
    def private(self) -> dict[str, Identifying]:
        """Columns that may identify a person; their values are not shown."""
        found = {
            name: why
            for name, tally in self.tallies.items()
            if (why := identifying(name, self.variables[name], tally)) is not None
        }
        if self.id is not None and found.get(self.id.variable, Identifying("", "")).what == "free text":
            del found[self.id.variable]
        return found

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What is odd about single variables."""
        return tuple(
            note
            for name, tally in self.tallies.items()
            for note in notes_on(name, self.variables[name], tally, name in self.private)
        )

    @cached_property
    def id(self) -> IdFinding | None:
        """The likely id of the participant."""
        return self.keys.find_id()

    @cached_property
    def long(self) -> LongForm | None:
        """The wave variable, where a row is a participant at a wave."""
        return self.keys.find_long(self.id)

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """Ways in which names carry waves; none is looked for in a file of one row a participant and wave."""
        return () if self.long else wave_patterns(self.variables, self.known_months)

    @property
    def waves(self) -> Pattern | None:
        """The pattern that is told and holds most variables; None where the file has no waves in its names."""
        sure = [pattern for pattern in self.patterns if pattern.is_sure]
        return max(sure, key=lambda pattern: len(pattern.by_variable), default=None)
