"""Queries on the data: what looks wrong by a rule, who is to clear it up, and what was done about it."""

from remission.queries.listing import QUERIES, STATES, queries
from remission.queries.rules import RULES, rule_sentence
from remission.queries.steps import take_step

__all__ = ["QUERIES", "RULES", "STATES", "queries", "rule_sentence", "take_step"]
