"""Use patterns: what was seen in each period as a text of marks, and the small verbs that read them.

``+`` use, ``-`` no use, ``*`` both in one period, ``o`` a visit that was missed, ``_`` none was scheduled.
Periods count from 1. Every verb takes a Series of words whose index names the participants, leaves it as
it is and gives a Series or a frame of the same index.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remission.errors import DefinitionError

USE, NO_USE, BOTH, MISSED, UNSCHEDULED = "+", "-", "*", "o", "_"
MARKS = USE + NO_USE + BOTH + MISSED + UNSCHEDULED
_USE_OF = {USE: 1.0, BOTH: 0.5, NO_USE: 0.0}


def check_words(words: pd.Series) -> pd.Series:
    """Return the words unchanged, or name the participant whose word is none.

    Raises
    ------
    DefinitionError
        A word is missing, or a mark is not one of ``+ - * o _``.
    """
    _marks(words)
    return words


def recode(words: pd.Series, marks: Mapping[str, str]) -> pd.Series:
    """Replace marks by others, such as ``{"o": "+", "*": "+"}``; by an empty text where a period is to go.

    Raises
    ------
    DefinitionError
        A mark, old or new, is none; or a word holds a strange mark.
    """
    for old, new in marks.items():
        if old not in MARKS or len(old) != 1 or len(new) > 1 or new not in MARKS:
            raise DefinitionError(f"A use pattern cannot change '{old}' to '{new}'.", f"Marks are {' '.join(MARKS)}.")
    _marks(words)
    table = str.maketrans(dict(marks))
    return _words([word.translate(table) for word in words], words)


def drop_missed(words: pd.Series) -> pd.Series:
    """Leave missed visits out, so that the visits before and after stand next to each other."""
    return recode(words, {MISSED: ""})


def fill_with_mode(words: pd.Series) -> pd.Series:
    """Give missed visits the mark that the participant had most often; a tie, or both in one period, is use.

    A word without any attended visit stays as it is.
    """
    free, used = tally(words, {NO_USE: 1.0}), tally(words, {USE: 1.0, BOTH: 1.0})
    mode = np.where(free > used, NO_USE, np.where(used > 0, USE, MISSED))
    return _words([word.replace(MISSED, mark) for word, mark in zip(words, mode, strict=True)], words)


def fill_between(words: pd.Series) -> pd.Series:
    """Give a single missed visit the average of the visits right before and after it.

    Two without use average to no use, two with use to use, all else to both. Longer gaps stay, and so does
    a missed visit at either end.
    """
    _marks(words)
    return _words([_filled(word) for word in words], words)


def at_periods(words: pd.Series, numbers: Iterable[int]) -> pd.Series:
    """Keep the named periods in their order; one named twice stands twice, one behind the end is left out.

    Negative numbers count from the end: -1 is the last period.

    Raises
    ------
    DefinitionError
        A period is number 0, or a word holds a strange mark.
    """
    wanted = list(numbers)
    if 0 in wanted:
        raise DefinitionError("There is no period 0 in a use pattern.", "The first period is number 1.")
    _marks(words)
    places = [number - 1 if number > 0 else number for number in wanted]
    kept = ["".join(word[place] for place in places if -len(word) <= place < len(word)) for word in words]
    return _words(kept, words)


def from_period(words: pd.Series, first: int) -> pd.Series:
    """Keep the periods from number ``first`` on.

    Raises
    ------
    DefinitionError
        ``first`` is below 1, or a word holds a strange mark.
    """
    if first < 1:
        raise DefinitionError(f"There is no period {first} to start from.", "The first period is number 1.")
    _marks(words)
    return _words([word[first - 1 :] for word in words], words)


def tally(words: pd.Series, weights: Mapping[str, float]) -> pd.Series:
    """Add up the weights of the marks: ``{"-": 1, "*": 0.5}`` counts a mixed period as half a free one."""
    marks, _ = _marks(words)
    total = np.zeros(len(words))
    for mark, weight in weights.items():
        total += weight * (marks == ord(mark)).sum(axis=1)
    return pd.Series(total, index=words.index)


def scheduled(words: pd.Series) -> pd.Series:
    """Count the periods with a scheduled visit, attended or missed."""
    return tally(words, dict.fromkeys(USE + NO_USE + BOTH + MISSED, 1.0)).astype(int)


def attended(words: pd.Series) -> pd.Series:
    """Count the periods with an attended visit."""
    return tally(words, dict.fromkeys(USE + NO_USE + BOTH, 1.0)).astype(int)


def last_seen(words: pd.Series) -> pd.Series:
    """Find the number of the last period with an attended visit; 0 where there is none."""
    marks, _ = _marks(words)
    seen = np.isin(marks, [ord(mark) for mark in USE + NO_USE + BOTH])
    place = np.where(seen, np.arange(1, marks.shape[1] + 1), 0)
    return pd.Series(place.max(axis=1, initial=0), index=words.index)


def longest_run(words: pd.Series, mark: str = NO_USE) -> pd.Series:
    """Length of the longest run of a mark: of ``-``, the longest abstinence in periods."""
    marks, _ = _marks(words)
    run = np.zeros(len(words), dtype=int)
    longest = run.copy()
    for column in (marks == ord(mark)).T:
        run = (run + 1) * column
        longest = np.maximum(longest, run)
    return pd.Series(longest, index=words.index)


def has_run(words: pd.Series, mark: str, length: int) -> pd.Series:
    """Whether a mark stands at least ``length`` times in a row."""
    return longest_run(words, mark) >= length


def first_window(words: pd.Series, mark: str, width: int, at_least: int) -> pd.DataFrame:
    """Find the first window of ``width`` periods in which a mark stands ``at_least`` times.

    Returns
    -------
    pandas.DataFrame
        ``exit event``. A window that starts in period i gives i + width - at_least and event 1. Where no
        window has enough, ``exit`` is what a window behind the last whole one would give, and never
        below 0.

    Raises
    ------
    DefinitionError
        A window cannot hold that many, or a word holds a strange mark.
    """
    if not 1 <= at_least <= width:
        raise DefinitionError(
            f"A window of {width} periods cannot hold {at_least} marks '{mark}'.",
            "Ask for at least one mark and for no more than the window is wide.",
        )
    marks, lengths = _marks(words)
    count = np.cumsum(np.pad(marks == ord(mark), ((0, 0), (1, 0))), axis=1)
    starts = max(marks.shape[1] - width + 1, 0)
    enough = count[:, width : width + starts] - count[:, :starts] >= at_least
    enough &= np.arange(1, starts + 1)[None, :] + width - 1 <= lengths[:, None]
    event = enough.any(axis=1)
    first = np.argmax(enough, axis=1) + 1 if starts else np.zeros(len(words), dtype=int)
    start = np.where(event, first, lengths - width + 1)
    return pd.DataFrame(
        {"exit": np.maximum(start + width - at_least, 0), "event": event.astype(int)}, index=words.index
    )


def penalised_use(words: pd.Series, weights: Mapping[str, float], penalties: Sequence[float]) -> pd.Series:
    """Add up weights of use that grow from period to period, as a share of the most that a word can reach.

    Parameters
    ----------
    words : pandas.Series
    weights : mapping of str to float
        Weight of each mark. Those of ``+`` and ``*`` are multiplied by the period's penalty.
    penalties : sequence of float
        One a period; of two numbers only, the first and last of an even rise over each word's own length.

    Returns
    -------
    pandas.Series
        0 for a word without use or missed visits, 1 for the worst of its length; missing for no period.

    Raises
    ------
    DefinitionError
        A word is longer than there are penalties, or holds a strange mark.
    """
    marks, lengths = _marks(words)
    places = np.arange(marks.shape[1])
    if len(penalties) == 2:
        first, last = penalties
        share = places[None, :] / np.maximum(lengths - 1, 1)[:, None]
        penalty = first + (last - first) * share
    else:
        if marks.shape[1] > len(penalties):
            raise DefinitionError(
                f"A word has {marks.shape[1]} periods, but there are penalties for {len(penalties)}.",
                "Keep the periods with a penalty first.",
            )
        penalty = np.broadcast_to(np.asarray(penalties, dtype=float)[: marks.shape[1]], marks.shape)
    score, worst = np.zeros(marks.shape), np.zeros(marks.shape)
    for mark, weight in weights.items():
        points = weight * (penalty if mark in USE + BOTH else np.ones(marks.shape))
        score = np.where(marks == ord(mark), points, score)
        worst = np.maximum(worst, points)
    within = (places[None, :] < lengths[:, None]) & (marks != ord(UNSCHEDULED))
    total, most = np.where(within, score, 0).sum(axis=1), np.where(within, worst, 0).sum(axis=1)
    return pd.Series(np.divide(total, most, out=np.full(len(words), np.nan), where=most > 0), index=words.index)


def _filled(word: str) -> str:
    marks = list(word)
    for place in range(1, len(word) - 1):
        before, after = _USE_OF.get(word[place - 1]), _USE_OF.get(word[place + 1])
        if word[place] == MISSED and before is not None and after is not None:
            marks[place] = {0.0: NO_USE, 1.0: USE}.get((before + after) / 2, BOTH)
    return "".join(marks)


def _marks(words: pd.Series) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """One row is a word, one column a period, 0 behind its end; and how long each word is."""
    absent = np.array([not isinstance(word, str) for word in words], dtype=bool)
    if absent.any():
        raise DefinitionError(
            f"Participant {words.index[absent][0]} has no use pattern.",
            "Give a text of marks; a visit that was missed is the mark 'o'.",
        )
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    width = int(lengths.max(initial=0))
    if not width:
        return np.zeros((len(words), 0), dtype=np.uint32), lengths
    marks = np.array(words.tolist(), dtype=f"<U{width}").view(np.uint32).reshape(len(words), width)
    known = np.isin(marks, [ord(mark) for mark in MARKS])
    strange = ~known & (np.arange(width) < lengths[:, None])
    if strange.any():
        row, place = np.argwhere(strange)[0]
        raise DefinitionError(
            f"The use pattern of participant {words.index[row]} has the mark '{words.iloc[row][place]}' "
            f"in period {place + 1}.",
            f"Marks are {' '.join(MARKS)}.",
        )
    return marks, lengths


def _words(values: list[str], like: pd.Series) -> pd.Series:
    return pd.Series(values, index=like.index, dtype=object, name=like.name)
