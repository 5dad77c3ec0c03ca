"""The rows of an export, and facts laid out along them."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort import Study
from remission.exchange.export.facts import Facts


@dataclass(frozen=True)
class Rows:
    """What one row is.

    Attributes
    ----------
    index : pandas.Index
        Participant codes as stored; for a long table pairs of code and wave.
    is_long : bool
    waves : tuple of str
        Waves with responses, in the order of the study.
    """

    index: pd.Index
    is_long: bool
    waves: tuple[str, ...]

    @property
    def people(self) -> pd.Index:
        """The participant of each row."""
        return self.index.get_level_values(0) if self.is_long else self.index

    def blank(self, value: object = None) -> pd.Series:
        """Return a cell for each row, all alike."""
        return pd.Series([value] * len(self.index), dtype=object)

    def by_person(self, facts: pd.DataFrame, column: str) -> pd.Series:
        """Lay out one fact a participant; None where there is none."""
        return _plain(facts.set_index("participant_id")[column].reindex(self.people))

    def by_wave(self, facts: pd.DataFrame, column: str) -> pd.Series:
        """Lay out one fact a participant, or a participant and wave; None where there is none."""
        keys = ["participant_id", "wave"] if self.is_long else ["participant_id"]
        return _plain(facts.set_index(keys)[column].reindex(self.index))


def rows_of(study: Study, facts: Facts, is_long: bool) -> Rows:
    """Decide the rows: every participant, and in a long table every wave with a response.

    A participant without any response has one row, at the first wave of the study.
    """
    seen = set(facts.answers["wave"]) | set(facts.texts["wave"])
    order = {wave.name: place for place, wave in enumerate(study.protocol.waves)}
    waves = tuple(sorted(seen, key=lambda wave: order.get(wave, len(order))))
    if not is_long:
        return Rows(facts.ids, False, waves)
    first = waves[0] if waves else study.protocol.waves[0].name
    told = pd.concat([facts.answers[["participant_id", "wave"]], facts.texts[["participant_id", "wave"]]])
    held = told.drop_duplicates().groupby("participant_id")["wave"].agg(set).to_dict()
    pairs = [(who, wave) for who in facts.ids for wave in (waves or (first,)) if wave in held.get(who, {first})]
    return Rows(pd.MultiIndex.from_tuples(pairs, names=["participant_id", "wave"]), True, waves or (first,))


def _plain(values: pd.Series) -> pd.Series:
    return pd.Series([None if pd.isna(value) else value for value in values], dtype=object)
