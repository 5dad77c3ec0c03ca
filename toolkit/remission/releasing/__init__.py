"""Releases for funders: planned in YAML, computed from a study, suppressed, attacked, signed by two people, frozen."""

from remission.releasing.attack import Attack, attack
from remission.releasing.draft import Draft
from remission.releasing.plan import ReleasePlan, read_plan
from remission.releasing.store import Releases, add_signer, freeze, keep_draft, make_draft, releases_of, sign_draft

__all__ = [
    "Attack",
    "Draft",
    "ReleasePlan",
    "Releases",
    "add_signer",
    "attack",
    "freeze",
    "keep_draft",
    "make_draft",
    "read_plan",
    "releases_of",
    "sign_draft",
]
