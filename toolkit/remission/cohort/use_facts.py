"""Entries about use, as facts: spans that were reported, calendars, drug tests, sobriety dates."""

from collections.abc import Collection

import pandas as pd

from remission.cohort import entries as shapes
from remission.cohort.columns import codes, days, take
from remission.cohort.entries import Entries
from remission.cohort.vocabulary import TEST_RESULTS, USE_STATES
from remission.errors import ImportRefused

Facts = dict[str, pd.DataFrame]
# More standard drinks on one day than a person can survive are a slip of the pen, or a code for a missing answer.
AT_MOST = 200.0


def use_facts(entries: Entries) -> Facts:
    """Turn entries about use into facts by table name.

    Raises
    ------
    ImportRefused
        A state, result, day or quantity is none, or a span or sobriety date ends before it begins.
    """
    return {
        "use_report": _use_reports(entries.use_reports),
        "calendar_day": _calendar_days(entries.calendar_days),
        "drug_test": _drug_tests(entries.drug_tests),
        "sobriety_date": _sobriety_dates(entries.sobriety_dates),
    }


def _use_reports(given: pd.DataFrame) -> pd.DataFrame:
    found = _plain(given, shapes.USE_REPORTS, "use reports", ("substance", "state", "source"), ("start_day", "end_day"))
    _refuse_unknown(found, "state", USE_STATES, "state of use")
    wrong = found[found["end_day"] < found["start_day"]]
    if len(wrong):
        row = wrong.iloc[0]
        raise ImportRefused(
            f"A use report of participant {row['participant_id']} ends on day {row['end_day']:.0f}, before it starts "
            f"on day {row['start_day']:.0f}.",
            "Correct one of the days.",
        )
    return found


def _calendar_days(given: pd.DataFrame) -> pd.DataFrame:
    found = _plain(given, shapes.CALENDAR_DAYS, "calendar days", ("substance", "source"), ("day",))
    found["quantity"] = pd.to_numeric(found["quantity"], errors="coerce").astype(float)
    wrong = ~found["quantity"].between(0, AT_MOST)
    if wrong.any():
        row = found[wrong].iloc[0]
        raise ImportRefused(
            f"Participant {row['participant_id']} has no quantity from 0 to {AT_MOST:g} on day {row['day']:.0f} of the "
            "use calendar.",
            "Write 0 for a day without use, standard drinks for alcohol, 1 where only use is known; leave out days "
            "without an entry.",
        )
    return found


def _drug_tests(given: pd.DataFrame) -> pd.DataFrame:
    found = _plain(
        given, shapes.DRUG_TESTS, "drug tests", ("substance", "specimen", "result"), ("day",), {"specimen": "urine"}
    )
    _refuse_unknown(found, "result", TEST_RESULTS, "test result")
    return found


def _sobriety_dates(given: pd.DataFrame) -> pd.DataFrame:
    found = _plain(given, shapes.SOBRIETY_DATES, "sobriety dates", ("substance",), ("reported_day", "since_day"))
    later = found[found["since_day"] > found["reported_day"]]
    if len(later):
        row = later.iloc[0]
        raise ImportRefused(
            f"Participant {row['participant_id']} told on day {row['reported_day']:.0f} a sobriety date on day "
            f"{row['since_day']:.0f}, which is later.",
            "Correct one of the days.",
        )
    return found


def _plain(
    given: pd.DataFrame,
    columns: tuple[str, ...],
    what: str,
    words: tuple[str, ...],
    on: tuple[str, ...],
    optional: dict[str, str] | None = None,
) -> pd.DataFrame:
    found = take(given, columns, what, optional=optional)
    for name, usual in (optional or {}).items():
        found[name] = found[name].fillna(usual)
    for name in words:
        found[name] = codes(found[name])
        bare = found[name].isna() | (found[name] == "")
        if bare.any():
            who = found[bare].iloc[0]["participant_id"]
            raise ImportRefused(f"Participant {who} has {what} without a {name}.", f"Give every row its {name}.")
    for name in on:
        found[name] = days(found[name], what, required=True)
    return found


def _refuse_unknown(found: pd.DataFrame, column: str, known: Collection[str], what: str) -> None:
    wrong = ~found[column].isin(list(known))
    if wrong.any():
        row = found[wrong].iloc[0]
        raise ImportRefused(
            f"Participant {row['participant_id']} has the {what} {row[column]!r}.", f"Known are {', '.join(known)}."
        )
