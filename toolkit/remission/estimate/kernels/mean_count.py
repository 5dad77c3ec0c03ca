"""Nelson's mean number of events, with the variance over participants."""

from dataclasses import dataclass

import numpy as np

LARGEST_TABLE = 2_000_000


@dataclass(frozen=True, slots=True)
class MeanCount:
    """A step function of time.

    Attributes
    ----------
    time : numpy.ndarray, shape (k,)
        Distinct ends of rows.
    estimate, std_error : numpy.ndarray, shape (k,)
    n_at_risk, n_event, n_censored : numpy.ndarray of int, shape (k,)
        Rows that end without an event and are not followed by another row count as censored.
    most_at_once : int
        Rows of one participant under observation at the same time; above 1 they overlap.
    """

    time: np.ndarray
    estimate: np.ndarray
    std_error: np.ndarray
    n_at_risk: np.ndarray
    n_event: np.ndarray
    n_censored: np.ndarray
    most_at_once: int


def mean_count(exit_time: np.ndarray, event: np.ndarray, entry: np.ndarray, participant: np.ndarray) -> MeanCount:
    """Sum events over those at risk, and the squares of what each participant adds beyond expectation.

    Lawless and Nadeau (1995), doi:10.1080/00401706.1995.10484300.

    Parameters
    ----------
    exit_time, entry : numpy.ndarray, shape (rows,)
        A row is at risk after its entry, up to and including its exit.
    event : numpy.ndarray of bool, shape (rows,)
    participant : numpy.ndarray of int from 0, shape (rows,)
    """
    time, at = np.unique(exit_time, return_inverse=True)
    came, size = np.searchsorted(time, entry, side="right"), time.size
    at_risk = np.cumsum(np.bincount(came, minlength=size + 1) - np.bincount(at + 1, minlength=size + 1))[:size]
    events = np.bincount(at[event], minlength=size)
    rate, share = events / np.maximum(at_risk, 1), 1 / np.maximum(at_risk, 1)
    variance, most = np.zeros(size), 0
    for some in _blocks(participant, size):
        watched, happened = _counts(some, (came, at, event, participant), size)
        variance += (np.cumsum((happened - watched * rate) * share, axis=1) ** 2).sum(axis=0)
        most = max(most, int(watched.max(initial=0)))
    ended = _ended(exit_time, event, entry, participant)
    censored = np.bincount(at[ended], minlength=size)
    return MeanCount(time, np.cumsum(rate), np.sqrt(variance), at_risk, events, censored, most)


def _blocks(participant: np.ndarray, size: int) -> list[np.ndarray]:
    """Give rows of some participants after another, few enough that tables of them by time stay small."""
    per_block = max(1, LARGEST_TABLE // (size + 1))
    block = participant // per_block
    return [np.flatnonzero(block == number) for number in np.unique(block)]


def _counts(some: np.ndarray, rows: tuple[np.ndarray, ...], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Count rows at risk and events of each participant at each time."""
    came, at, event, participant = (part[some] for part in rows)
    who = participant - participant.min()
    change, happened = np.zeros((who.max() + 1, size + 1)), np.zeros((who.max() + 1, size))
    np.add.at(change, (who, came), 1)
    np.add.at(change, (who, at + 1), -1)
    np.add.at(happened, (who[event], at[event]), 1)
    return np.cumsum(change, axis=1)[:, :size], happened


def _ended(exit_time: np.ndarray, event: np.ndarray, entry: np.ndarray, participant: np.ndarray) -> np.ndarray:
    """Find the rows without an event after which the participant is not under observation."""
    goes_on = {(who, day) for who, day in zip(participant, entry, strict=True)}
    follows = np.array([(who, day) in goes_on for who, day in zip(participant, exit_time, strict=True)])
    return np.asarray(~event & ~follows)
