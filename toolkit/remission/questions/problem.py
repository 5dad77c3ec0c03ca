"""An answer that the data cannot give, kept as a sentence so that the others still appear."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from remission.errors import ImmortalTime, NotEstimable, RemissionError, StudyError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Problem:
    """Why a question has no answer, and what to do."""

    sentence: str


def answer_or_problem(ask: Callable[[], Answer]) -> Answer | Problem:
    """Call ``ask`` and turn what it cannot answer into a sentence.

    Errors of definition and of damaged data are not caught: they must stop the reader.
    """
    try:
        return ask()
    except (NotEstimable, ImmortalTime, StudyError) as error:
        return Problem(_as_sentence(error))


def _as_sentence(error: RemissionError) -> str:
    return f"{error.cause} {error.cure}"
