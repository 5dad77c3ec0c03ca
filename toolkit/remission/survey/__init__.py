"""What is asked and what was answered: instruments as data, and their scoring."""

from remission.survey.codebook import codebook
from remission.survey.definition import Instrument
from remission.survey.library import available, instrument, needs_source, read_definition
from remission.survey.possible import check_answer
from remission.survey.scale import MissingRule
from remission.survey.scoring import ANSWERS, SCORES, score, scored_items, unasked

__all__ = [
    "ANSWERS",
    "SCORES",
    "Instrument",
    "MissingRule",
    "available",
    "check_answer",
    "codebook",
    "instrument",
    "needs_source",
    "read_definition",
    "score",
    "scored_items",
    "unasked",
]
