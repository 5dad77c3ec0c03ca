"""What is asked and what was answered: instruments as data, and their scoring."""

from remission.survey.codebook import codebook
from remission.survey.definition import Instrument, MissingRule
from remission.survey.library import available, instrument, read_definition
from remission.survey.scoring import ANSWERS, SCORES, check_answer, score

__all__ = [
    "ANSWERS",
    "SCORES",
    "Instrument",
    "MissingRule",
    "available",
    "check_answer",
    "codebook",
    "instrument",
    "read_definition",
    "score",
]
