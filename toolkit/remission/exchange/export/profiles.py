"""What is taken out before a file leaves the study.

``internal``
    Everything: participant codes, site, dates of day 0.
``limited``
    Dates of day 0 are left out, and with them every date: all days are counted from day 0. Characteristics that
    look identifying (postal code, birth, name, address) are left out. Codes, site and arm stay.
``safe-harbor``
    As limited, and besides: participant codes are replaced by random ones, drawn anew for each export, of which no
    key is kept; the site is left out; ages over 89 are written as 90; the rows stand in a random order.

Answers in free words are left out of every profile unless they are asked for, and of safe-harbor always. Each is a
set of removals and no promise that nobody can be recognised: few participants, a rare answer or a known course of
days can still point at a person.
"""

import random
import re
from dataclasses import replace

import numpy as np
import pandas as pd

from remission.cohort import Protocol
from remission.exchange.export.facts import Facts
from remission.exchange.export.request import ExportRequest

IDENTIFYING = re.compile(
    r"(?:^|[^a-z])(?:zip|zip ?code|post ?code|postal|birth|birthday|born|dob|name|surname|address|street|e-?mail|phone|"
    r"telephone|ssn|birth ?date|ip)(?:[^a-z]|$)"
)
AGE = re.compile(r"(?:^|[^a-z])ages?(?:[^a-z]|$)")
OLDEST = 89.0
NOT_A_PROMISE = (
    "safe-harbor is a set of removals, not a promise that nobody can be recognised: look at rare answers before "
    "the file goes out."
)


def apply_profile(facts: Facts, protocol: Protocol, request: ExportRequest) -> tuple[Facts, list[str]]:
    """Take out what the profile takes out; says in sentences what that was."""
    remarks: list[str] = []
    if not facts.texts.empty and (request.profile == "safe-harbor" or not request.with_text):
        cure = "" if request.profile == "safe-harbor" else " (--with-text keeps them)"
        remarks.append(f"{len(facts.texts)} answers in free words are left out{cure}.")
        facts = replace(facts, texts=facts.texts.iloc[:0])
    if request.profile == "internal":
        return facts, remarks
    facts = _without_dates(facts, remarks)
    facts = _without_identifying(facts, protocol, remarks)
    if request.profile == "safe-harbor":
        facts = _safe_harbor(facts, protocol, remarks)
    return facts, remarks


def looks_identifying(name: str, label: str) -> bool:
    """Tell whether a characteristic's name or label says that it points at a person."""
    return any(IDENTIFYING.search(text.lower().replace("_", " ")) for text in (name, label))


def says_age(name: str, label: str) -> bool:
    """Tell whether a characteristic's name or label says that it is an age."""
    return any(AGE.search(text.lower().replace("_", " ")) for text in (name, label))


def _without_dates(facts: Facts, remarks: list[str]) -> Facts:
    if facts.people["origin_date"].notna().any():
        remarks.append("Dates are left out; all days are counted from day 0.")
    return replace(facts, people=facts.people.assign(origin_date=pd.Series(pd.NaT, index=facts.people.index)))


def _without_identifying(facts: Facts, protocol: Protocol, remarks: list[str]) -> Facts:
    gone = [name for name, each in protocol.characteristics.items() if looks_identifying(name, each.label)]
    if gone:
        remarks.append(f"Left out because they look identifying: {', '.join(gone)}.")
    kept = facts.characteristics[~facts.characteristics["name"].isin(gone)]
    return replace(facts, characteristics=kept)


def _safe_harbor(facts: Facts, protocol: Protocol, remarks: list[str]) -> Facts:
    drawn = random.SystemRandom()
    ids = list(facts.people["participant_id"])
    fresh = [str(code) for code in drawn.sample(range(10**7, 10**8), len(ids))]
    drawn.shuffle(ids)
    people = facts.people.set_index("participant_id", drop=False).loc[ids].reset_index(drop=True)
    people = people.assign(site=None)
    told = facts.characteristics
    ages = [name for name, each in protocol.characteristics.items() if says_age(name, each.label)]
    old = told["name"].isin(ages) & (told["number"] > OLDEST)
    remarks += ["Participant codes are random and new, and no key is kept.", "The rows stand in a random order."]
    if facts.people["site"].notna().any():
        remarks.append("The site is left out.")
    if old.any():
        remarks.append(f"{int(old.sum())} ages over 89 are written as 90.")
    remarks.append(f"Note that {NOT_A_PROMISE}")
    told = told.assign(number=np.where(old, OLDEST + 1, told["number"]))
    codes = pd.Series(fresh, index=ids, dtype=object)
    return replace(facts, people=people, codes=codes, characteristics=told)
