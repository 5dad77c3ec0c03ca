"""Entries about following people up, as facts: care, consent, stops, attempts to reach people, incentives."""

import re
from datetime import date
from typing import Any

import pandas as pd

from remission.cohort import entries as shapes
from remission.cohort.columns import codes, days, take, texts
from remission.cohort.entries import Entries
from remission.cohort.protocol import Protocol
from remission.cohort.vocabulary import CHANNELS, DISCHARGES, OUTCOMES, QUERY_STEPS, SAFETY_STEPS, STOPS
from remission.errors import ImportRefused

Facts = dict[str, pd.DataFrame]
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
CURRENCY = re.compile(r"[A-Z]{3}")


def follow_up_facts(entries: Entries, protocol: Protocol) -> Facts:
    """Turn entries about follow-up into facts by table name.

    Raises
    ------
    ImportRefused
        A row names a wave, channel, outcome or purpose that there is not, or a date, time or sum that is none.
    """
    return {
        "care_episode": _care_episodes(entries.care_episodes),
        "consent": _consents(entries.consents, protocol),
        "stop": _stops(entries.stops),
        "contact_attempt": _attempts(entries.contact_attempts, protocol),
        "incentive": _incentives(entries.incentives, protocol),
        "query_step": _steps(entries.query_steps, "query", QUERY_STEPS, protocol),
        "safety_step": _steps(entries.safety_steps, "safety", SAFETY_STEPS, protocol),
    }


def dates(values: pd.Series, who: pd.Series, what: str, required: bool = True) -> pd.Series:
    """Return a column as dates, None where unknown.

    Raises
    ------
    ImportRefused
        A cell is no date, or empty where one is required.
    """
    found = []
    for value, code in zip(values, who, strict=True):
        day = _date(value)
        if day is None and (required or not _is_blank(value)):
            said = "is missing" if _is_blank(value) else f"is {value!r}"
            raise ImportRefused(f"The {what} of participant {code} {said}.", "Write dates as year-month-day.")
        found.append(day)
    return pd.Series(found, index=values.index, dtype=object)


def _is_blank(value: Any) -> bool:
    return bool(pd.isna(value)) or value == ""


def _date(value: Any) -> date | None:
    if _is_blank(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def _refuse(found: pd.DataFrame, wrong: pd.Series, column: str, what: str, cure: str) -> None:
    if wrong.any():
        row = found[wrong].iloc[0]
        raise ImportRefused(f"Participant {row['participant_id']} has the {what} {row[column]!r}.", cure)


def _refuse_unknown(found: pd.DataFrame, column: str, known: tuple[str, ...], what: str) -> None:
    _refuse(found, ~found[column].isin(known), column, what, f"Known are {', '.join(name for name in known if name)}.")


def _refuse_order(found: pd.DataFrame, first: str, last: str, what: str) -> None:
    both = found[first].notna() & found[last].notna()
    wrong = found[both][found[both][last] < found[both][first]]
    if len(wrong):
        who = wrong.iloc[0]["participant_id"]
        raise ImportRefused(f"{what} of participant {who} ends before it begins.", "Correct the dates.")


def _care_episodes(given: pd.DataFrame) -> pd.DataFrame:
    optional = dict.fromkeys(("discharge_day", "level_of_care", "discharge_reason"))
    found = take(given, shapes.CARE_EPISODES, "care episodes", optional=optional)
    found["admission_day"] = days(found["admission_day"], "care episodes", required=True)
    found["discharge_day"] = days(found["discharge_day"], "care episodes")
    _refuse_order(found, "admission_day", "discharge_day", "A care episode")
    found["level_of_care"] = texts(found["level_of_care"])
    found["discharge_reason"] = texts(found["discharge_reason"])
    told = found[found["discharge_reason"].notna()]
    _refuse_unknown(told, "discharge_reason", DISCHARGES, "reason for discharge")
    return found


def _consents(given: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    optional = {"expires_on": None, "withdrawn_on": None}
    found = take(given, shapes.CONSENTS, "consents", optional=optional)
    for name in ("version", "purpose"):
        found[name] = codes(found[name])
    forms = protocol.consent.forms if protocol.consent else {}
    if len(found) and not forms:
        raise ImportRefused(
            "The study names no consent form.", "Add the section `consent:` to study.yaml, with its forms and purposes."
        )
    _refuse_unknown(found, "version", tuple(forms), "version of the consent form")
    for version, rows in found.groupby("version"):
        _refuse_unknown(rows, "purpose", forms[str(version)].purposes, f"purpose in form {version}")
    found["signed_on"] = dates(found["signed_on"], found["participant_id"], "date of consent")
    for name, what in (("expires_on", "date on which consent expires"), ("withdrawn_on", "date of withdrawal")):
        found[name] = dates(found[name], found["participant_id"], what, required=False)
        _refuse_order(found, "signed_on", name, "A consent")
    return found


def _stops(given: pd.DataFrame) -> pd.DataFrame:
    found = take(given, shapes.STOPS, "stops", optional={"lifted_on": None})
    found["kind"] = codes(found["kind"])
    _refuse_unknown(found, "kind", STOPS, "stop")
    found["since_on"] = dates(found["since_on"], found["participant_id"], "date of a stop")
    found["lifted_on"] = dates(found["lifted_on"], found["participant_id"], "date of a stop's end", required=False)
    _refuse_order(found, "since_on", "lifted_on", "A stop")
    return found


def _attempts(given: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    optional = {"time": "", "wave": None, "point": None}
    found = take(given, shapes.CONTACT_ATTEMPTS, "contact attempts", optional=optional)
    found["attempted_on"] = dates(found["attempted_on"], found["participant_id"], "date of a contact attempt")
    found["time"] = codes(found["time"]).fillna("").astype(object)
    timed = found["time"].map(lambda said: bool(TIME.fullmatch(said)) or said == "").astype(bool)
    _refuse(found, ~timed, "time", "time of an attempt", "Write times as 14:05.")
    for name, known in (("channel", CHANNELS), ("outcome", OUTCOMES)):
        found[name] = codes(found[name])
        _refuse_unknown(found, name, known, f"{name} of a contact attempt")
    for name in ("wave", "point"):
        found[name] = texts(found[name])
    _refuse_unknown(found[found["wave"].notna()], "wave", tuple(protocol.stored_names), "wave")
    found["wave"] = found["wave"].map(lambda name: protocol.stored_names.get(name)).astype(object)
    return found


def _steps(given: pd.DataFrame, what: str, known: tuple[str, ...], protocol: Protocol) -> pd.DataFrame:
    optional = {"wave": "", "about": "", "owner": "", "note": ""}
    found = take(given, shapes.QUERY_STEPS, f"{what} steps", optional=optional)
    for name in ("rule", "wave", "about", "step", "owner", "note"):
        found[name] = codes(found[name]).fillna("").astype(object)
    found["wave"] = found["wave"].map(lambda name: protocol.stored_names.get(name, name)).astype(object)
    _refuse_unknown(found, "step", known, f"{what} step")
    found["number"] = pd.to_numeric(found["number"], errors="coerce").astype(float)
    _refuse(found, ~(found["number"] >= 1) | (found["number"] % 1 != 0), "number", "step number", "Count from 1.")
    found["taken_on"] = dates(found["taken_on"], found["participant_id"], "date of a step")
    return found


def _incentives(given: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    found = take(given, shapes.INCENTIVES, "incentives", optional={"wave": ""})
    found["given_on"] = dates(found["given_on"], found["participant_id"], "date of an incentive")
    found["wave"] = codes(found["wave"]).fillna("").astype(object)
    _refuse_unknown(found, "wave", ("", *protocol.stored_names), "wave")
    found["wave"] = found["wave"].map({"": "", **protocol.stored_names}).astype(object)
    for name in ("form", "currency"):
        found[name] = codes(found[name])
    found["amount"] = pd.to_numeric(found["amount"], errors="coerce").astype(float)
    wrong = ~(found["amount"] >= 0) | (found["amount"] % 1 != 0)
    _refuse(found, wrong, "amount", "amount", "Write amounts in the smallest unit: 20 dollars are 2000 cents.")
    coined = found["currency"].map(lambda said: bool(CURRENCY.fullmatch(str(said)))).astype(bool)
    _refuse(found, ~coined, "currency", "currency", "Write three letters, such as USD.")
    return found
