"""Entries as facts, one frame a table, in the study's own vocabulary; what does not fit is refused."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from remission.cohort import entries as shapes
from remission.cohort.columns import codes, days, take, texts
from remission.cohort.entries import Entries
from remission.cohort.follow_up_facts import follow_up_facts
from remission.cohort.protocol import Protocol
from remission.cohort.use_facts import use_facts
from remission.cohort.vocabulary import STANDINGS
from remission.errors import DefinitionError, ImportRefused
from remission.survey.definition import Instrument
from remission.survey.groups import taxonomy
from remission.survey.library import instrument
from remission.survey.possible import check_answer

Facts = dict[str, pd.DataFrame]
HAPPENS_ONCE = ("death",)
# Other words for a standing, for the hint alone.
ALSO_SAID = {
    "died": "death",
    "dead": "death",
    "deceased": "death",
    "withdrawn": "withdrawal",
    "withdrew": "withdrawal",
    "prison": "incarceration",
    "jail": "incarceration",
    "incarcerated": "incarceration",
    "moved": "relocation",
}


def facts_of(entries: Entries, protocol: Protocol, instruments: Path | None = None) -> Facts:
    """Turn entries into facts by table name; every frame has ``participant_id``.

    Raises
    ------
    ImportRefused
        A row names a wave, group, characteristic, instrument, item or state that the study does not have,
        or a value that is not possible.
    """
    answers = _answers(entries.answers, protocol, instruments)
    facts = {
        "characteristic": _characteristics(entries.characteristics, protocol),
        "affiliation": _affiliations(entries.affiliations, protocol),
        "response": _responses(answers),
        "answer": answers.drop(columns=["day", "instrument_version"]),
        **use_facts(entries),
        "status_event": _status_events(entries.status_events),
        "mutual_help_event": _mutual_help_events(entries.mutual_help_events, protocol),
        **follow_up_facts(entries, protocol),
    }
    enrolments = _enrolments(entries.participants, facts)
    if protocol.arms:
        _refuse_unknown(enrolments[enrolments["arm"].notna()], "arm", protocol.arms, "arm")
    return {"enrolment": enrolments, **facts}


def occasion(kind: pd.Series, day: pd.Series) -> pd.Series:
    """Tell repeated status events of a participant apart; what happens once has one occasion."""
    named = day.map(lambda value: "" if pd.isna(value) else f"{value:.0f}").astype(object)
    named[kind.isin(HAPPENS_ONCE)] = ""
    return named


def stored_waves(found: pd.DataFrame, protocol: Protocol) -> pd.Series:
    """Return the waves of some rows under the names by which answers are kept.

    Raises
    ------
    ImportRefused
        The study neither has a wave of that name nor had one.
    """
    stored = protocol.stored_names
    wrong = ~found["wave"].isin(list(stored))
    if wrong.any():
        row = found[wrong].iloc[0]
        known = ", ".join(wave.name for wave in protocol.waves)
        raise ImportRefused(
            f"Participant {row['participant_id']} has the wave {row['wave']!r}, which the study does not have.",
            f"study.yaml has {known}; correct one of the two.",
        )
    return found["wave"].map(stored).astype(object)


def _refuse_unknown(frame: pd.DataFrame, column: str, known: Collection[str], what: str) -> None:
    wrong = ~frame[column].isin(list(known))
    if wrong.any():
        row = frame[wrong].iloc[0]
        raise ImportRefused(
            f"Participant {row['participant_id']} has the {what} {row[column]!r}, which the study does not have.",
            f"study.yaml has {', '.join(known)}; correct one of the two.",
        )


def _refuse_reversed(frame: pd.DataFrame, what: str) -> None:
    wrong = frame["end_day"] < frame["start_day"]
    if wrong.any():
        row = frame[wrong].iloc[0]
        raise ImportRefused(
            f"A {what} of participant {row['participant_id']} ends on day {row['end_day']:.0f}, "
            f"before it starts on day {row['start_day']:.0f}.",
            "Correct the days.",
        )


def _enrolments(given: pd.DataFrame, others: Facts) -> pd.DataFrame:
    found = take(given, shapes.PARTICIPANTS, "participants")
    dates = pd.to_datetime(found["origin_date"], errors="coerce")
    if (dates.isna() & found["origin_date"].notna()).any():
        wrong = found[dates.isna() & found["origin_date"].notna()].iloc[0]
        raise ImportRefused(
            f"Participant {wrong['participant_id']} has the origin date {wrong['origin_date']!r}.",
            "Write dates as year-month-day.",
        )
    plain = pd.Series([None if pd.isna(day) else day.date() for day in dates], dtype=object)
    found = found.assign(origin_date=plain, site=texts(found["site"]), arm=texts(found["arm"]))
    named = pd.concat([frame["participant_id"] for frame in others.values()])
    rest = pd.unique(named[~named.isin(found["participant_id"])])
    unsaid = {name: pd.Series([None] * len(rest), dtype=object) for name in shapes.PARTICIPANTS[1:]}
    return pd.concat([found, pd.DataFrame({"participant_id": rest, **unsaid})], ignore_index=True)


def _characteristics(given: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    found = take(given, shapes.CHARACTERISTICS, "characteristics")
    found["name"] = codes(found["name"])
    _refuse_unknown(found, "name", protocol.characteristics, "characteristic")
    found["missing_reason"] = texts(found["missing_reason"])
    found = found[found["value"].notna() | found["missing_reason"].notna()]
    pieces = [_typed(rows.copy(), str(name), protocol) for name, rows in found.groupby("name", sort=False)]
    whole = pd.concat(pieces) if pieces else found.assign(number=np.nan, text=None)
    return whole.drop(columns="value").reset_index(drop=True)


def _typed(rows: pd.DataFrame, name: str, protocol: Protocol) -> pd.DataFrame:
    declared = protocol.characteristics[name]
    stated = rows["missing_reason"].isna()
    rows["number"], rows["text"] = np.nan, None
    if declared.kind == "number":
        rows["number"] = pd.to_numeric(rows["value"], errors="coerce").astype(float).where(stated)
        wrong = stated & rows["number"].isna()
    else:
        code_of = {label: code for code, label in declared.categories.items()} | {
            code: code for code in declared.categories
        }
        rows["text"] = texts(rows["value"]).map(code_of).astype(object)
        rows.loc[~stated | rows["text"].isna(), "text"] = None
        wrong = stated & rows["text"].isna()
    if wrong.any():
        row = rows[wrong].iloc[0]
        kinds = ", ".join(f"{code} ({label})" for code, label in declared.categories.items())
        raise ImportRefused(
            f"Participant {row['participant_id']} has the value {row['value']!r} for {name}.",
            f"study.yaml says that it is {f'one of {kinds}' if kinds else 'a number'}.",
        )
    return rows


def _answers(given: pd.DataFrame, protocol: Protocol, instruments: Path | None) -> pd.DataFrame:
    found = take(given, shapes.ANSWERS, "answers", optional={"about": ""})
    found = found.rename(columns={"version": "instrument_version"})
    for name in ("wave", "instrument", "instrument_version", "item", "about"):
        found[name] = codes(found[name])
    found["day"] = days(found["day"], "answers")
    found["missing_reason"] = texts(found["missing_reason"])
    found["value"] = found["value"].where(found["missing_reason"].isna())
    numbers = pd.to_numeric(found["value"], errors="coerce").astype(float)
    wrong = found["value"].notna() & numbers.isna()
    if wrong.any():
        row = found[wrong].iloc[0]
        raise ImportRefused(f"{_place(row)} has the answer {row['value']!r}.", "Answers are numbers.")
    found["value"] = numbers
    found = found[found["value"].notna() | found["missing_reason"].notna()].reset_index(drop=True)
    found["about"] = found["about"].fillna("").astype(object)
    _refuse_unknown(found, "about", ["", *protocol.groups], "group")
    found["wave"] = stored_waves(found, protocol)
    _refuse_impossible(found, instruments)
    return found


def _refuse_impossible(answers: pd.DataFrame, instruments: Path | None) -> None:
    kinds = answers.drop_duplicates(["instrument", "instrument_version", "item", "value"])
    for _, row in kinds.iterrows():
        try:
            definition = instrument(row["instrument"], version=row["instrument_version"], extra=instruments)
            _require_item(definition, row["item"])
            if not pd.isna(row["value"]):
                check_answer(definition, row["item"], row["value"])
        except DefinitionError as error:
            raise ImportRefused(f"{_place(row)}: {error.cause}", error.cure) from error


def _require_item(definition: Instrument, item: str) -> None:
    names = [one.name for one in definition.items]
    if item not in names:
        raise DefinitionError(f"{definition.name} has no item {item}.", f"It has {', '.join(names)}.")


def _place(row: pd.Series) -> str:
    return f"Participant {row['participant_id']} at wave {row['wave']}, {row['instrument']}.{row['item']}"


def _responses(answers: pd.DataFrame) -> pd.DataFrame:
    columns = ["participant_id", "wave", "instrument", "about", "instrument_version", "day"]
    return answers[columns].drop_duplicates().reset_index(drop=True)


def _affiliations(given: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    found = take(given, shapes.AFFILIATIONS, "affiliations", optional={"variant": None})
    found["group_name"] = codes(found["group_name"])
    _refuse_unknown(found, "group_name", protocol.groups, "group")
    found["start_day"] = days(found["start_day"], "affiliations", required=True)
    found["end_day"] = days(found["end_day"], "affiliations")
    _refuse_reversed(found, "group affiliation")
    found["is_primary"] = found["is_primary"].astype(bool)
    found["variant"] = texts(found["variant"])
    _refuse_unknown(found[found["variant"].notna()], "variant", taxonomy().variants, "group variant")
    return found


def _status_events(given: pd.DataFrame) -> pd.DataFrame:
    found = take(given, shapes.STATUS_EVENTS, "status events")
    found["kind"] = codes(found["kind"]).str.lower()
    _refuse_standing(found)
    found["day"] = days(found["day"], "status events")
    return found.assign(occasion=occasion(found["kind"], found["day"]))


def _refuse_standing(found: pd.DataFrame) -> None:
    strange = found[~found["kind"].isin(STANDINGS)]
    if len(strange):
        row = strange.iloc[0]
        near = get_close_matches(str(row["kind"]), [*STANDINGS, *ALSO_SAID], n=1)
        meant = ALSO_SAID.get(near[0], near[0]) if near else ""
        raise ImportRefused(
            f"Participant {row['participant_id']} has the change of standing '{row['kind']}'.",
            f"Known are {', '.join(STANDINGS)}" + (f"; did you mean {meant}?" if meant else "."),
        )


def _mutual_help_events(given: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    optional = {"group_name": "unknown", "format": "unknown", "count": 1}
    found = take(given, shapes.MUTUAL_HELP_EVENTS, "mutual-help events", optional=optional)
    for name in ("kind", "group_name", "format"):
        found[name] = codes(found[name])
    known = taxonomy()
    _refuse_unknown(found, "kind", known.events, "kind of mutual-help event")
    _refuse_unknown(found, "group_name", protocol.groups, "group")
    _refuse_unknown(found, "format", known.formats, "format of meeting")
    found["day"] = days(found["day"], "mutual-help events", required=True)
    found["count"] = pd.to_numeric(found["count"], errors="coerce").astype(float)
    wrong = ~(found["count"] >= 1) | (found["count"] % 1 != 0)
    if wrong.any():
        who = found[wrong].iloc[0]["participant_id"]
        raise ImportRefused(
            f"A mutual-help event of participant {who} has no whole count of one or more.", "Correct the count."
        )
    return found
