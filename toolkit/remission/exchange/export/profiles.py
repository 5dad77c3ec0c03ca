"""What is taken out before a file leaves the study.

``internal``
    Everything: participant codes, site, dates of day 0.
``limited``
    Dates of day 0 are left out, and with them every date: all days are counted from day 0. Characteristics that
    look identifying (postal code, birth, name, address) by their name or label, in study.yaml or in the file that
    they came from, are left out, and so are custom attributes and labels of participant codes of that file. Codes,
    site and arm stay.
``safe-harbor``
    As limited, and besides: participant codes are replaced by random ones, drawn anew for each export, of which no
    key is kept; the site and characteristics that look like a place smaller than a state are left out; ages over 89
    are written as 90; the rows stand in a random order.

Answers in free words are left out of every profile unless they are asked for, and of safe-harbor always. Each is a
set of removals and no promise that nobody can be recognised: few participants, a rare answer or a known course of
days can still point at a person.
"""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from remission.cohort import Protocol
from remission.exchange.export.facts import Facts
from remission.exchange.export.request import ExportRequest

IDENTIFYING = re.compile(
    r"(?:^|[^a-z])(?:zip|zip ?code|post ?code|postal|birth|birthday|born|yob|dob|name|surname|initials|address|street|"
    r"e-?mail|phone|telephone|fax|ssn|mrn|medical record|record number|insurance number|policy number|passport|"
    r"birth ?date|ip|plz|postleitzahl|geburt[a-z]*|geboren|vorname|nachname|adresse|stra(?:ß|ss)e|telefon|"
    r"c[oó]digo postal|nacimiento|nombre|apellidos?|direcci[oó]n|tel[eé]fono|correo)(?:[^a-z]|$)"
)
PLACE = re.compile(
    r"(?:^|[^a-z])(?:county|city|town|village|municipality|district|neighbou?rhood|census tract|wohnort|landkreis|"
    r"gemeinde|ciudad|municipio|barrio)(?:[^a-z]|$)"
)
AGE = re.compile(r"(?:^|[^a-z])(?:ages?|years? old|alter|edad)(?:[^a-z]|$)")
OLDEST = 89.0
NOT_A_PROMISE = (
    "safe-harbor is a set of removals, not a promise that nobody can be recognised: look at rare answers before "
    "the file goes out."
)


def apply_profile(
    facts: Facts, protocol: Protocol, request: ExportRequest, words: Mapping[str, Sequence[str]]
) -> tuple[Facts, list[str]]:
    """Take out what the profile takes out; says in sentences what that was.

    Parameters
    ----------
    facts : Facts
    protocol : Protocol
    request : ExportRequest
    words : mapping
        Characteristic to what files call it, besides ``study.yaml``.
    """
    remarks: list[str] = []
    if not facts.texts.empty and (request.profile == "safe-harbor" or not request.with_text):
        cure = "" if request.profile == "safe-harbor" else " (--with-text keeps them)"
        remarks.append(f"{len(facts.texts)} answers in free words are left out{cure}.")
        facts = replace(facts, texts=facts.texts.iloc[:0])
    if request.profile == "internal":
        return facts, remarks
    facts = _without_dates(facts, remarks)
    said = {name: (name, each.label, *words.get(name, ())) for name, each in protocol.characteristics.items()}
    patterns = (IDENTIFYING, PLACE) if request.profile == "safe-harbor" else (IDENTIFYING,)
    facts = _without_identifying(facts, said, patterns, remarks)
    if request.profile == "safe-harbor":
        facts = _safe_harbor(facts, said, remarks)
    return facts, remarks


def says_age(*words: str) -> bool:
    """Tell whether a name or label says that it is an age."""
    return _says(words, AGE)


def _says(words: Iterable[str], *patterns: re.Pattern[str]) -> bool:
    plain = [text.lower().replace("_", " ") for text in words]
    return any(pattern.search(text) for pattern in patterns for text in plain)


def _without_dates(facts: Facts, remarks: list[str]) -> Facts:
    if facts.people["origin_date"].notna().any():
        remarks.append("Dates are left out; all days are counted from day 0.")
    return replace(facts, people=facts.people.assign(origin_date=pd.Series(pd.NaT, index=facts.people.index)))


def _without_identifying(
    facts: Facts, said: Mapping[str, Sequence[str]], patterns: Sequence[re.Pattern[str]], remarks: list[str]
) -> Facts:
    gone = [name for name, words in said.items() if _says(words, *patterns)]
    if gone:
        remarks.append(f"Left out because they look identifying: {', '.join(gone)}.")
    kept = facts.characteristics[~facts.characteristics["name"].isin(gone)]
    return replace(facts, characteristics=kept)


def _safe_harbor(facts: Facts, said: Mapping[str, Sequence[str]], remarks: list[str]) -> Facts:
    drawn = random.SystemRandom()
    ids = list(facts.people["participant_id"])
    fresh = [str(code) for code in drawn.sample(range(10**7, 10**8), len(ids))]
    drawn.shuffle(ids)
    people = facts.people.set_index("participant_id", drop=False).loc[ids].reset_index(drop=True)
    people = people.assign(site=None)
    told = facts.characteristics
    ages = [name for name, words in said.items() if says_age(*words)]
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
