"""What is missing, what lies outside its window, and what the analyses had to leave out."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from remission.cohort import Study, reading
from remission.cohort.windows import windows as planned_windows
from remission.estimate.result import Result
from remission.queries.rules import interviews
from remission.questions.first_use import Comparison
from remission.questions.problem import Problem
from remission.survey import unasked

Answered = Result | Comparison | Problem
Place = tuple[str, str, str]
SHEET = ["wave", "instrument"]
PERSON_AT_WAVE = ["participant_id", "wave"]
SILENT = "no answer recorded"
NOT_ASKED = "not_applicable"
MISSINGNESS = ("wave", "instrument", "item", "n_answered", "n_missing", "n_not_asked", "rate", "reasons")
WINDOWS = ("wave", "first_day", "last_day", "on_time", "allowed", "outside", "no_day")
OUT_OF_WINDOW = ("participant_id", "wave", "day", "first_day", "last_day", "days_off")


def missingness(study: Study) -> pd.DataFrame:
    """Count missing answers among those who answered an instrument at a wave.

    An item that nobody was recorded for at a wave was not part of that wave and has no row. Who was
    rightly not asked an item is counted apart and is not missing.

    Returns
    -------
    pandas.DataFrame
        One row is an item at a wave: ``wave instrument item n_answered n_missing n_not_asked rate
        reasons``; ``rate`` is the missing share of those asked, ``reasons`` tells each reason of
        those missing with its count. Waves are in the order of the protocol.
    """
    answers = reading.answers(study)
    sheets = answers.drop_duplicates([*SHEET, "participant_id"]).groupby(SHEET, sort=False).size()
    table = answers.groupby([*SHEET, "item"], sort=False).agg(n_answered=("value", "count"), recorded=("item", "size"))
    table = table.reset_index().merge(sheets.rename("sheets").reset_index(), on=SHEET)
    places: list[Place] = list(zip(table["wave"], table["instrument"], table["item"], strict=True))
    passed, told = _passed_over(study, answers), _told_reasons(answers)
    skipped = np.array([passed.get(place, 0) for place in places], dtype=int)
    declared = np.array([dict(told.get(place, [])).get(NOT_ASKED, 0) for place in places], dtype=int)
    silent = (table["sheets"] - table["recorded"]).to_numpy() - skipped
    table = table.assign(n_not_asked=skipped + declared, silent=silent)
    table["n_missing"] = table["sheets"] - table["n_answered"] - table["n_not_asked"]
    asked = table["n_answered"] + table["n_missing"]
    table["rate"] = table["n_missing"] / asked.where(asked > 0)
    table["reasons"] = [_reasons(told.get(place, []), int(n)) for place, n in zip(places, silent, strict=True)]
    order = {wave.name: place for place, wave in enumerate(study.protocol.waves)}
    table = table.sort_values("wave", key=lambda wave: wave.map(order), kind="stable", ignore_index=True)
    return table[list(MISSINGNESS)]


def missing_by_instrument(missing: pd.DataFrame) -> pd.DataFrame:
    """Add missing answers up over the items of an instrument.

    Parameters
    ----------
    missing : pandas.DataFrame
        As from ``missingness``.

    Returns
    -------
    pandas.DataFrame
        One row is an instrument at a wave: ``wave instrument share``, waves in their order.
    """
    summed = missing.groupby(["wave", "instrument"], sort=False)[["n_answered", "n_missing"]].sum()
    share = summed["n_missing"] / summed.sum(axis=1)
    return share.rename("share").reset_index()


def out_of_window(study: Study) -> pd.DataFrame:
    """List interviews held on a day that their wave does not allow.

    Returns
    -------
    pandas.DataFrame
        One row is a participant's interview at a wave: ``participant_id wave day first_day last_day
        days_off``; ``days_off`` is negative where the interview came too early.
    """
    held = _interviews(study)
    early, late = held["day"] - held["first_day"], held["day"] - held["last_day"]
    off = early.where(early < 0, late.where(late > 0, 0.0))
    found = held.assign(days_off=off.fillna(0.0))
    return found.loc[found["days_off"] != 0, list(OUT_OF_WINDOW)].reset_index(drop=True)


def windows(study: Study) -> pd.DataFrame:
    """Count interviews by how well they kept their wave's window.

    Returns
    -------
    pandas.DataFrame
        One row is a wave: ``wave first_day last_day`` of the allowed window, then how many
        interviews were ``on_time`` (optimum window), ``allowed``, ``outside`` or had ``no_day`` (or no window).
    """
    held = _interviews(study)
    within = held["day"].between(held["first_day"], held["last_day"])
    on_time = held["day"].between(held["first_optimum"], held["last_optimum"])
    kinds = pd.DataFrame(
        {
            "wave": held["wave"],
            "on_time": on_time,
            "allowed": within & ~on_time,
            "outside": held["day"].notna() & held["first_day"].notna() & ~within,
            "no_day": held["day"].isna() | held["first_day"].isna(),
        }
    )
    planned = pd.DataFrame(
        {"wave": w.name, "first_day": w.first_day, "last_day": w.last_day} for w in study.protocol.waves
    )
    counts = kinds.groupby("wave").sum().reindex(planned["wave"]).fillna(0).astype(int).reset_index(drop=True)
    return pd.concat([planned, counts], axis=1)[list(WINDOWS)]


def left_out(answers: Iterable[tuple[str, Answered]]) -> pd.DataFrame:
    """List what each question of a study had to leave out, and why.

    Parameters
    ----------
    answers : iterable of (str, answer)
        Each question in words with its result.

    Returns
    -------
    pandas.DataFrame
        One row is a reason of a question: ``question reason rows``; a question without an answer
        stands with its problem and no count.
    """
    rows = [
        {"question": question, "reason": reason, "rows": count}
        for question, answer in answers
        for reason, count in _reasons_of(answer)
        if count != 0
    ]
    return pd.DataFrame(rows, columns=["question", "reason", "rows"]).astype({"rows": "Int64"})


def _passed_over(study: Study, answers: pd.DataFrame) -> dict[Place, int]:
    """Count sheets without a word on an item whose condition another answer did not meet."""
    found: dict[Place, int] = {}
    for name, sheets in answers.groupby("instrument", sort=False):
        silent = unasked(study.instrument(str(name)), sheets)
        for (wave, item), rows in silent.groupby(["wave", "item"]):
            found[str(wave), str(name), str(item)] = len(rows)
    return found


def _told_reasons(answers: pd.DataFrame) -> dict[Place, list[tuple[str, int]]]:
    stated = answers[answers["missing_reason"].notna()]
    keys = ["wave", "instrument", "item"]
    counts = stated.groupby([*keys, "missing_reason"]).size().rename("n").reset_index()
    counts = counts.sort_values("n", ascending=False, kind="stable")
    told: dict[Place, list[tuple[str, int]]] = {}
    for *place, reason, n in counts.itertuples(index=False, name=None):
        told.setdefault((place[0], place[1], place[2]), []).append((reason, n))
    return told


def _reasons(told: list[tuple[str, int]], silent: int) -> str:
    named = [(reason.replace("_", " "), count) for reason, count in told if reason != NOT_ASKED]
    return ", ".join(f"{reason} ({count})" for reason, count in [*named, *([(SILENT, silent)] if silent else [])])


def _interviews(study: Study) -> pd.DataFrame:
    return interviews(study).merge(planned_windows(study), on=["participant_id", "wave"], how="left")


def _reasons_of(answer: Answered) -> list[tuple[str, int | None]]:
    if isinstance(answer, Problem):
        return [(answer.sentence, None)]
    result = answer.curve if isinstance(answer, Comparison) else answer
    return list(result.sample.left_out)
