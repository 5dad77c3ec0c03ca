"""Questions of a file: a family of variables over the waves, or a variable that stands once."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.exchange.mapping import Code
from remission.exchange.profile.families import variable_holds
from remission.exchange.profile.missing_words import missing_labels
from remission.exchange.profile.names import without_time
from remission.exchange.profile.notes import likely_missing_codes
from remission.exchange.profile.profile import Profile

NUMBERED = re.compile(r"^(?P<head>.*?[^\d])(?P<n>\d{1,2})$")
LETTERED = re.compile(r"^(?P<head>(?:.*\d|.*[_.]))(?P<n>[A-Za-z])$")


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes
    ----------
    name : str
        The stem, or the variable's name.
    columns : tuple of str
        Its variables, in the order of the waves.
    label : str
        Of the first variable that has one.
    codes : frozenset of float
        Labelled codes that are answers; empty where values have no labels.
    code_labels : dict
        Their labels.
    gone : frozenset of float
        Codes that are declared missing, labelled so, or likely so.
    low, high : float or None
        Of the answers.
    whole : bool
    is_text : bool
    """

    name: str
    columns: tuple[str, ...]
    label: str
    codes: frozenset[float]
    code_labels: dict[float, str]
    gone: frozenset[float]
    low: float | None
    high: float | None
    whole: bool
    is_text: bool

    @property
    def place(self) -> tuple[str, int] | None:
        """Head and number of its name where it may be one of a list of items: ``F1``, 3 for ``F1C``."""
        plain = self.name.replace("\N{MIDDLE DOT}", "").rstrip("_.")
        numbered = NUMBERED.match(plain)
        if numbered:
            return numbered["head"], int(numbered["n"])
        lettered = LETTERED.match(plain)
        return (lettered["head"], ord(lettered["n"].upper()) - ord("A") + 1) if lettered else None


def questions_of(profile: Profile) -> list[Question]:
    """List the questions of a file in its order; columns that may identify a person are left out."""
    pattern = profile.waves
    seen: set[str] = set()
    found = []
    for name in profile.variables:
        if name in seen or name in profile.private:
            continue
        family = pattern.by_variable.get(name) if pattern else None
        columns = tuple(family.columns.values()) if family else (name,)
        seen |= set(columns)
        found.append(_question(profile, family.stem if family else name, columns))
    return found


def _question(profile: Profile, name: str, columns: tuple[str, ...]) -> Question:
    labels: dict[float, str] = {}
    gone: set[float] = set()
    lows, highs = [], []
    for column in columns:
        variable, tally = profile.variables[column], profile.tallies[column]
        missing = {code for code in missing_labels(variable.value_labels) if isinstance(code, float | int)}
        declared = {
            code for code in variable.value_labels if not isinstance(code, str) and variable_holds(variable, code)
        }
        mine = missing | declared | set(likely_missing_codes(variable, tally))
        gone |= mine
        labels |= {
            code: label
            for code, label in variable.value_labels.items()
            if isinstance(code, float | int) and code not in mine
        }
        low, high = _range(tally.counts if tally.complete else None, mine, (tally.low, tally.high))
        lows += [low] if low is not None else []
        highs += [high] if high is not None else []
    tallies = [profile.tallies[column] for column in columns]
    label = next((profile.variables[column].label for column in columns if profile.variables[column].label), "")
    return Question(
        name=name,
        columns=columns,
        label=label,
        codes=frozenset(labels),
        code_labels=labels,
        gone=frozenset(gone),
        low=min(lows, default=None),
        high=max(highs, default=None),
        whole=all(tally.whole for tally in tallies),
        is_text=any(tally.is_text for tally in tallies),
    )


def _range(
    counts: dict[Code, int] | None, gone: set[float], known: tuple[float | None, float | None]
) -> tuple[float | None, float | None]:
    if counts is None:
        return known
    numbers = [value for value in counts if isinstance(value, float | int) and value not in gone]
    return (min(numbers), max(numbers)) if numbers else (None, None)


def runs_of(questions: list[Question]) -> list[tuple[str, tuple[Question, ...]]]:
    """Find lists of items: questions with one head, numbered without a gap from 1 (or 0, or A)."""
    grouped: dict[str, dict[int, Question]] = {}
    for question in questions:
        place = question.place
        if place:
            grouped.setdefault(place[0], {}).setdefault(place[1], question)
    found = []
    for head, held in grouped.items():
        first = 0 if 0 in held else 1
        run: list[Question] = []
        while first + len(run) in held:
            run.append(held[first + len(run)])
        if len(run) >= 2:
            found.append((head, tuple(run)))
    return found


def in_sample(profile: Profile, question: Question) -> pd.DataFrame:
    """Return the sampled rows of a question, one column a wave, without codes that are no answer."""
    frame = pd.DataFrame(
        {place: profile.sample.get(name, np.nan) for place, name in enumerate(question.columns)},
        index=profile.sample.index,
    )
    return frame.mask(frame.isin(question.gone))


def bare_label(question: Question) -> str:
    """Return the label in lower case, without words of time."""
    return without_time(question.label)
