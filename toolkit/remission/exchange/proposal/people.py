"""What stands once for a participant: arm, site, day 0, and the characteristics that the study declares."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from remission.cohort import Study
from remission.cohort.protocol import Characteristic
from remission.exchange.mapping import Code, Reason
from remission.exchange.profile.notes import plain_number
from remission.exchange.profile.profile import Profile
from remission.exchange.proposal.reasons import reasons_for

ARM = re.compile(r"\brandomi[sz]\w*\b.*\b(group|arm)\b|\b(study|treatment|trial) (arm|group|condition)\b|\barm\b", re.I)
ARM_NAMES = (
    "arm",
    "group",
    "treatmentgroup",
    "studyarm",
    "trt",
    "treat",
    "treatment",
    "randgroup",
    "condition",
    "gruppe",
)
SITE_NAMES = ("site", "centre", "center", "clinic", "siteid", "zentrum", "klinik", "centro", "studysite")
ORIGIN = re.compile(
    r"(baseline|enrol\w*|admission|intake|randomi[sz]\w*|aufnahme|inclusion|ingreso).{0,12}(date|dt|datum|fecha)|"
    r"(date|datum|fecha).{0,12}(baseline|enrol\w*|admission|intake|randomi[sz]\w*|aufnahme|inclusi)",
    re.I,
)
SAME_WORDS = (
    {"sex", "gender", "geschlecht", "sexo"}, {"age", "alter", "edad"}, {"drug", "substance", "sub", "droge"},
    {"primary", "prim", "first", "main"}, {"education", "educ", "schooling", "bildung"}, {"male", "m", "man", "men"},
    {"female", "f", "w", "woman", "women"}, {"cannabis", "marijuana"}, {"opioids", "opiates"},
    {"benzodiazepines", "benzos"}, {"ethnicity", "race"},
)  # fmt: skip
NAME_ENOUGH, LABEL_ENOUGH, LABELS_ALIKE = 1.0, 0.5, 0.6
MOST_ARMS = 12


@dataclass
class Fact:
    """A line about participants.

    Attributes
    ----------
    target : str
    variable : str
    codes : dict
    missing : dict
    decide, evidence : str
    """

    target: str
    variable: str
    codes: dict[Code, Code] = field(default_factory=dict)
    missing: dict[Code, Reason] = field(default_factory=dict)
    decide: str = ""
    evidence: str = ""


def enrolment(profile: Profile, taken: set[str]) -> list[Fact]:
    """Find arm, site and the date of day 0 among the variables that stand once."""
    found = []
    arm = _arm(profile, taken)
    if arm:
        found.append(arm)
    site = next((name for name in _once(profile, taken) if _compact(name) in SITE_NAMES), None)
    if site and site not in {fact.variable for fact in found}:
        labelled = bool(profile.variables[site].value_labels) or profile.tallies[site].is_text
        found.append(
            _fact(profile, "site", site, "" if labelled else "its codes have no labels: which sites are they?")
        )
    origin = _origin(profile, taken)
    if origin:
        found.append(Fact("origin_date", origin, decide="is this the date of day 0?", evidence=_label(profile, origin)))
    return found


def _arm(profile: Profile, taken: set[str]) -> Fact | None:
    named = [name for name in _once(profile, taken) if _compact(name) in ARM_NAMES]
    said = [name for name in _once(profile, taken) if ARM.search(profile.variables[name].label)]
    for name in dict.fromkeys([*[each for each in named if each in said], *said, *named]):
        variable, tally = profile.variables[name], profile.tallies[name]
        if not tally.distinct or not 2 <= tally.distinct <= MOST_ARMS:
            continue
        answers = {code for code in tally.counts if code in variable.value_labels}
        doubt = "" if name in named and name in said else "is this the arm of the study?"
        if len(answers) < tally.distinct and not tally.is_text:
            doubt = "its codes have no labels: is this the arm, and what do they mean?"
        return _fact(profile, "arm", name, doubt)
    return None


def _origin(profile: Profile, taken: set[str]) -> str | None:
    dates = [name for name in _once(profile, taken) if profile.variables[name].kind in ("date", "datetime")]
    return next((name for name in dates if ORIGIN.search(f"{name} {_label(profile, name)}".replace("_", " "))), None)


def characteristics(profile: Profile, study: Study | None, taken: set[str]) -> list[Fact]:
    """Match what study.yaml declares with variables that stand once: by name or label, and by categories."""
    found: list[Fact] = []
    for target, said in (study.protocol.characteristics if study else {}).items():
        used = taken | {fact.variable for fact in found}
        facts = [fact for name in _once(profile, used) if (fact := _characteristic(profile, target, said, name))]
        facts.sort(key=lambda pair: -pair[0])
        if facts and (len(facts) == 1 or facts[0][0] > facts[1][0]):
            found.append(facts[0][1])
        elif facts:
            best = facts[0][1]
            best.decide = f"{best.variable} and {facts[1][1].variable} fit alike: which one is it?"
            found.append(best)
    return found


def _characteristic(profile: Profile, target: str, said: Characteristic, name: str) -> tuple[float, Fact] | None:
    variable, tally = profile.variables[name], profile.tallies[name]
    if tally.is_text or tally.is_empty or variable.kind != "number":
        return None
    by_name = _share(_words(target), _words(name))
    by_label = max(_share(_words(said.label), _words(variable.label)), _share(_words(target), _words(variable.label)))
    if max(by_name, by_label) < LABEL_ENOUGH:
        return None
    fact = _fact(profile, target, name, "")
    if said.kind == "number":
        exact = by_name >= NAME_ENOUGH and _compact(name) == _compact(target)
        if variable.value_labels and tally.distinct and tally.distinct <= len(variable.value_labels):
            return None
        asked = "" if exact else fact.decide or "is this the same?"
        fact.decide = " ".join(part for part in (fact.decide, asked) if part)
        return max(by_name, by_label) + exact, fact
    alike, different = _categories(said, profile, name)
    if different is None or (variable.value_labels and alike < LABELS_ALIKE):
        return None
    fact.decide = " ".join(part for part in (fact.decide, different) if part)
    return max(by_name, by_label) + 2 * alike, fact


def _categories(said: Characteristic, profile: Profile, name: str) -> tuple[float, str | None]:
    """Compare codes and labels; returns the share of labels alike, and what differs (None: the codes do not fit)."""
    variable, tally = profile.variables[name], profile.tallies[name]
    codes = {plain_number(code): code for code in tally.counts}
    if not tally.complete or not set(codes) <= set(said.categories) | _missing_codes(profile, name):
        return 0.0, None
    labels = {plain_number(code): label for code, label in variable.value_labels.items()}
    if not labels:
        return 0.0, "its codes have no labels: do they mean what study.yaml says?"
    both = [code for code in said.categories if code in labels]
    other = [code for code in both if not _share(_words(said.categories[code]), _words(labels[code])) > 0]
    alike = 1 - len(other) / len(both) if both else 0.0
    if not other:
        return alike, ""
    worded = "; ".join(
        f"{code} is '{labels[code]}' here, '{said.categories[code]}' in study.yaml" for code in other[:3]
    )
    return alike, f"{worded}: the same?"


def _missing_codes(profile: Profile, name: str) -> set[str]:
    return {plain_number(code) for code in reasons_for(profile, [name]).missing}


def _fact(profile: Profile, target: str, name: str, doubt: str) -> Fact:
    reasons = reasons_for(profile, [name])
    decide = "; ".join(part for part in (doubt, *reasons.doubts) if part)
    return Fact(target, name, missing=reasons.missing, decide=decide, evidence=_label(profile, name))


def _once(profile: Profile, taken: Iterable[str]) -> list[str]:
    """List the variables that stand once for a participant and are not spoken for."""
    waved = profile.waves.by_variable if profile.waves else {}
    skip = set(taken)
    return [
        name for name in profile.variables if name not in waved and name not in skip and name not in profile.private
    ]


def _label(profile: Profile, name: str) -> str:
    return profile.variables[name].label


def _compact(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _words(text: str) -> set[str]:
    plain = re.sub(r"\([^)]*\)", " ", text).lower()
    words = re.findall(r"[^\W\d_]+", plain)
    same = {word: min(group) for group in SAME_WORDS for word in group}
    return {same.get(word, word) for word in words} - {"of", "the", "in", "at", "other", "day", "years", "year"}


def _share(wanted: set[str], held: set[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0
