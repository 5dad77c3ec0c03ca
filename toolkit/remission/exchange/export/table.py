"""The table that goes out: which variables, in which order, under which names."""

from dataclasses import replace

import pandas as pd

from remission.cohort import Study, mutual_help_events, permission, status_events
from remission.exchange.export.answer_columns import AnswerColumns
from remission.exchange.export.column import Column, ExportTable, Target
from remission.exchange.export.facts import Facts, read_facts
from remission.exchange.export.makers import number_column, text_column
from remission.exchange.export.names import fits, own_name
from remission.exchange.export.people_columns import people_columns
from remission.exchange.export.profiles import apply_profile
from remission.exchange.export.request import ExportRefused, ExportRequest
from remission.exchange.export.rows import rows_of
from remission.exchange.export.source_dictionary import within_profile
from remission.exchange.export.sources import Claims, find_claims, source_words
from remission.exchange.export.wave_columns import day_columns, score_columns, wave_column

LIST_LABELS = {
    "participant_id": "Participant code",
    "group_name": "Mutual-help group",
    "start_day": "First day, counted from day 0",
    "end_day": "Last day, counted from day 0",
    "is_primary": "Main group (1 yes, 0 no)",
    "variant": "Meetings for some of its members",
    "substance": "Substance",
    "state": "State (abstinent or used)",
    "source": "Where it was reported",
    "day": "Day, counted from day 0",
    "kind": "What happened",
    "format": "Form of the meeting",
    "count": "How many times",
}


def build_table(study: Study, request: ExportRequest) -> ExportTable:
    """Read a study and lay out what an export holds.

    Raises
    ------
    ExportRefused
        The study has no participants, or a list has no rows.
    DefinitionError
        A wave or instrument is not there.
    """
    study = study.for_purpose("export")
    facts, remarks = apply_profile(read_facts(study, request), study.protocol, request, source_words(study))
    remarks += [left] if (left := permission(study).sentence) else []
    if request.table != "answers":
        return _list_table(study, facts, request, remarks)
    claims = find_claims(study, request.is_long) if request.as_it_came else Claims()
    within_profile(claims, request.profile)
    rows = rows_of(study, facts, request.is_long)
    fresh = request.profile == "safe-harbor"
    _drop_unwanted(claims, request, rows.waves)
    columns = people_columns(study.protocol, facts, rows, claims, fresh, remarks)
    codes: dict[str, float | str] = {}
    if rows.is_long:
        column, codes = wave_column(study, rows, claims)
        columns.insert(1, column)
    days, stated = day_columns(facts, rows, claims, remarks)
    columns += days + AnswerColumns(study, facts, rows, claims, remarks).make()
    remarks += _silent(facts, request)
    columns += score_columns(study, facts, rows, claims, request.scores, remarks)
    remarks += [remark for remark in claims.remarks if remark not in remarks]
    named = _named(_in_order(columns, claims, rows.waves), request, remarks)
    return ExportTable(tuple(named), rows.waves, stated, codes, tuple(dict.fromkeys(remarks)))


def _silent(facts: Facts, request: ExportRequest) -> list[str]:
    """Say which of the waves and instruments that were asked for nobody answered."""
    told = {name: set(facts.answers[name]) | set(facts.texts[name]) for name in ("wave", "instrument")}
    asked = [("at wave", name, "wave") for name in request.waves]
    asked += [("of", name, "instrument") for name in request.instruments]
    return [f"There are no answers {where} {name}." for where, name, kind in asked if name not in told[kind]]


def _drop_unwanted(claims: Claims, request: ExportRequest, waves: tuple[str, ...]) -> None:
    """Drop claims on what does not go out."""
    for target in list(claims.by_target):
        instrument = target.name.split(".")[0]
        elsewhere = bool(target.wave) and target.wave not in waves
        other = target.kind == "answer" and bool(request.instruments) and instrument not in request.instruments
        if elsewhere or other:
            del claims.by_target[target]


def _in_order(columns: list[Column], claims: Claims, waves: tuple[str, ...]) -> list[Column]:
    """Put variables of files first, as their files had them; then the rest, by wave."""
    sourced = [column for column in columns if column.sourced]
    own = [column for column in columns if not column.sourced]
    sourced.sort(key=lambda column: claims.by_target[column.target].place)
    first = [column for column in own if column.target.kind == "id"]
    rest = [column for column in own if column.target.kind != "id"]
    rank = {"wave": 0, "enrolment": 0, "characteristic": 0, "day": 1}
    place = {wave: number for number, wave in enumerate(waves)}
    rest.sort(
        key=lambda column: (
            rank.get(column.target.kind, 1) > 0,
            place.get(column.target.wave, -1),
            rank.get(column.target.kind, 2),
        )
    )
    return first + sourced + rest


def _named(columns: list[Column], request: ExportRequest, remarks: list[str]) -> list[Column]:
    """Give every variable a name that the format takes, no two alike."""
    kept = {column.name.lower() for column in columns if column.sourced and fits(column.name, request.format)}
    taken = set(kept)
    named = []
    for column in columns:
        if column.sourced and column.name.lower() in kept:
            kept.discard(column.name.lower())
            named.append(column)
            continue
        name = own_name(column.name, request.format, taken)
        taken.add(name.lower())
        if name != column.name and request.format != "redcap":
            remarks.append(f"{column.name} is called {name} in the file.")
        named.append(column.renamed(name))
    return named


def _list_table(study: Study, facts: Facts, request: ExportRequest, remarks: list[str]) -> ExportTable:
    frame = {
        "use": lambda: facts.use,
        "groups": lambda: facts.spells,
        "calendar": lambda: mutual_help_events(study),
        "status": lambda: status_events(study),
    }[request.table]()
    if frame.empty:
        raise ExportRefused(f"The table `{request.table}` has no rows to export.", "Choose another table.")
    place = {who: number for number, who in enumerate(facts.ids)}
    frame = frame.iloc[frame["participant_id"].map(place).argsort(kind="stable")].reset_index(drop=True)
    frame = frame.assign(participant_id=frame["participant_id"].map(facts.codes))
    columns = []
    for name in frame.columns:
        target = Target("id") if name == "participant_id" else Target("list", f"{request.table}.{name}")
        label = LIST_LABELS[name]
        if frame[name].dtype == object and name not in ("day", "end_day"):
            columns.append(text_column(target, name, label, frame[name]))
        else:
            columns.append(number_column(target, name, label, pd.to_numeric(frame[name])))
    if request.instruments or request.waves:
        remarks.append(f"The table `{request.table}` has no instruments and waves; all of it goes out.")
    return ExportTable(tuple(replace(column) for column in columns), remarks=tuple(dict.fromkeys(remarks)))
