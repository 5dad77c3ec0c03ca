"""What the dictionary of a file that came in may still say under a profile of disclosure."""

import re
from collections.abc import Iterable
from dataclasses import replace

from remission.cohort import Study, import_sources
from remission.exchange.export.profiles import OLDEST, says_age
from remission.exchange.export.request import Profile
from remission.exchange.export.sources import Claim, Claims
from remission.exchange.files import Variable

FRESH_CODE = "Participant code, random for this file"
A_DATE = re.compile(r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\s?\d{1,2}[-/.]\s?(?:\d{4}|\d{2}))(?!\d)")


def within_profile(claims: Claims, profile: Profile) -> None:
    """Take out of the dictionaries of files what a profile takes out of the data.

    Value labels of participant codes (they can be names), custom attributes (they can be anything) and labels that
    hold a date are left out of all but ``internal``; ``safe-harbor`` leaves out labels of ages over 89 besides.
    """
    if profile == "internal":
        return
    for target, claim in claims.by_target.items():
        variable = _without_asides(claim, claims.remarks)
        if target.kind == "id":
            if variable.value_labels:
                claims.remarks.append(f"{claim.name}: labels of single participant codes are left out.")
            variable = replace(variable, value_labels={})
            if profile == "safe-harbor":
                variable = replace(variable, label=FRESH_CODE, missing_ranges=())
        elif target.kind == "characteristic" and profile == "safe-harbor":
            variable = _without_great_ages(claim, variable)
        claims.by_target[target] = replace(claim, variable=variable)


def without_file_names(study: Study, remarks: Iterable[str]) -> list[str]:
    """Say remarks without the names of the files that came in: who reads them elsewhere has no need of them."""
    names = sorted({imported.file_name for imported in import_sources(study)}, key=len, reverse=True)
    found = []
    for remark in remarks:
        for name in names:
            remark = remark.replace(name, "an imported file")
        found.append(f"{remark[0].upper()}{remark[1:]}" if remark.startswith("an imported file") else remark)
    return found


def _without_asides(claim: Claim, remarks: list[str]) -> Variable:
    variable = claim.variable
    if variable.attributes:
        remarks.append("Custom attributes of variables are left out.")
    labels = {code: said for code, said in variable.value_labels.items() if not A_DATE.search(said)}
    dated = len(labels) < len(variable.value_labels) or A_DATE.search(variable.label) is not None
    if dated:
        remarks.append(f"{claim.name}: labels that hold a date are left out.")
    label = "" if A_DATE.search(variable.label) else variable.label
    return replace(variable, attributes={}, label=label, value_labels=labels)


def _without_great_ages(claim: Claim, variable: Variable) -> Variable:
    if not says_age(claim.target.name, claim.name, claim.variable.label):
        return variable
    labels = {
        code: said
        for code, said in variable.value_labels.items()
        if isinstance(code, str) or code <= OLDEST or code in claim.source.missing
    }
    return replace(variable, value_labels=labels)
