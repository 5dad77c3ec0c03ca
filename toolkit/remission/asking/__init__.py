"""Asking people: personal links, plain pages that work on any phone, staff entry and printed booklets."""

from remission.asking.attention import raised_by_links, settle, settle_flags
from remission.asking.booklet import booklet
from remission.asking.hand_in import collect_expired, hand_in
from remission.asking.links import invite, link_status, revoke
from remission.asking.questionnaire import Questionnaire, questionnaire
from remission.asking.server import survey_app

__all__ = [
    "Questionnaire",
    "booklet",
    "collect_expired",
    "hand_in",
    "invite",
    "link_status",
    "questionnaire",
    "raised_by_links",
    "revoke",
    "settle",
    "settle_flags",
    "survey_app",
]
