"""FHIR R4: an instrument as a Questionnaire, a sheet of answers as a QuestionnaireResponse."""

import re
from datetime import datetime
from typing import Any

import pandas as pd

from remission.errors import DefinitionError
from remission.exchange.forms.form import number_text, repeated, tidy
from remission.exchange.forms.loss import Losses
from remission.survey.definition import Instrument
from remission.survey.item import Item
from remission.survey.part import Condition
from remission.survey.wording import Wording

TYPES = {"choice": "choice", "count": "integer", "number": "decimal"}
VALUES = {"choice": "Coding", "count": "Integer", "number": "Decimal"}
EXTENSIONS = "http://hl7.org/fhir/StructureDefinition/"
ABSENT = {
    "refused": "asked-declined",
    "not_asked": "not-asked",
    "not_applicable": "not-applicable",
    "unknown": "unknown",
}
UCUM = {"minutes": "min", "hours": "h", "days": "d", "weeks": "wk", "months": "mo", "years": "a", "percent": "%"}
FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")

Resource = dict[str, Any]


def questionnaire(instrument: Instrument, wording: Wording | None = None) -> tuple[Resource, Losses]:
    """Write an instrument as a Questionnaire (R4), ready for ``json.dumps``.

    Parameters
    ----------
    instrument : Instrument
    wording : Wording, optional
        Its words; without them the definition's own, or its short descriptors where it has none.

    Returns
    -------
    dict
        The resource: a draft whose ``copyright`` is the licence and the citation.
    Losses
        Scoring, and conditions that ``enableWhen`` cannot say.
    """
    losses = Losses()
    losses.add(instrument.name, "scoring: a Questionnaire has no scales")
    if wording is None and instrument.wording == "absent":
        losses.add(instrument.name, "wording: none is loaded, so the questions are short descriptors")
    if instrument.repeats:
        losses.add(instrument.name, f"repeats: answered once for each {instrument.repeats}, it is one response each")
    title = (wording.title if wording else "") or instrument.title
    intro = tidy((wording.intro if wording else "") or instrument.intro)
    items: list[Resource] = [{"linkId": "_intro", "text": intro, "type": "display"}] if intro else []
    items += [_item(instrument, wording, place, losses) for place in range(len(instrument.items))]
    resource = {
        "resourceType": "Questionnaire",
        "language": wording.language if wording else instrument.language,
        "url": _url(instrument),
        "version": instrument.version,
        "name": "".join(part[:1].upper() + part[1:] for part in instrument.name.split("_")),
        "title": tidy(title),
        "status": "draft",
        "subjectType": ["Patient"],
        "copyright": _copyright(instrument, wording),
        "item": items,
    }
    return resource, losses


def _url(instrument: Instrument) -> str:
    return f"urn:remission:instrument:{instrument.name}"


def _copyright(instrument: Instrument, wording: Wording | None) -> str:
    licence = instrument.licence
    said = [f"{licence.holder} ({licence.terms})", licence.note, instrument.citation.text]
    said.append(f"Words: {wording.source}" if wording and wording.source else "")
    return " ".join(f"{part.rstrip('.')}." for part in said if part)


def _item(instrument: Instrument, wording: Wording | None, place: int, losses: Losses) -> Resource:
    item = instrument.items[place]
    where = f"{instrument.name}.{item.name}"
    made: Resource = {
        "linkId": item.name,
        "prefix": str(item.number if item.number is not None else place + 1),
        "text": tidy((wording.items.get(item.name) if wording else "") or item.text or item.descriptor),
        "type": TYPES[item.kind],
    }
    extensions = _bounds(item, where, losses) + _unit(item, where, losses)
    if extensions:
        made["extension"] = extensions
    enabled = _enable_when(instrument, item, where, losses)
    if enabled:
        made["enableWhen"] = enabled[0]
        if len(enabled[0]) > 1:
            made["enableBehavior"] = enabled[1]
    made["required"] = False
    if item.choices is not None:
        labels = wording.choices.get(item.choices, {}) if wording else {}
        made["answerOption"] = [
            {
                "valueCoding": {
                    "code": number_text(choice.value),
                    "display": tidy(labels.get(f"{choice.value:g}") or choice.label),
                }
            }
            for choice in instrument.choices[item.choices]
        ]
    return made


def _bounds(item: Item, where: str, losses: Losses) -> list[Resource]:
    found: list[Resource] = []
    for name, bound in (("minValue", item.minimum), ("maxValue", item.maximum)):
        if bound is None or item.kind == "choice":
            continue
        if item.kind == "count" and not bound.is_integer():
            losses.add(where, f"{name} {bound:g}: an integer has whole bounds")
            continue
        found.append({"url": f"{EXTENSIONS}{name}", f"value{VALUES[item.kind]}": _plain(item, bound)})
    return found


def _unit(item: Item, where: str, losses: Losses) -> list[Resource]:
    if not item.unit or item.kind == "choice":
        return []
    if item.unit not in UCUM:
        losses.add(where, f"unit: the UCUM code of {item.unit} is not known here")
        return []
    coding = {"system": "http://unitsofmeasure.org", "code": UCUM[item.unit], "display": item.unit}
    return [{"url": f"{EXTENSIONS}questionnaire-unit", "valueCoding": coding}]


def _plain(item: Item, value: float) -> Any:
    if item.kind == "choice":
        return {"code": number_text(value)}
    return int(value) if item.kind == "count" or value.is_integer() else value


def _enable_when(instrument: Instrument, item: Item, where: str, losses: Losses) -> tuple[list[Resource], str] | None:
    tests = []
    for condition in item.asked_if:
        found = _tests(instrument, condition)
        if found:
            tests.append((condition, found))
        else:
            losses.add(where, f"the condition '{condition.sentence()}': enableWhen cannot say it")
    single = [found for _, found in tests if len(found) == 1]
    written = [found[0] for found in single] or (tests[0][1] if tests else [])
    for condition, found in tests:
        if len(found) > 1 and found is not written:
            losses.add(where, f"the condition '{condition.sentence()}': enableWhen cannot say 'all' and 'any' at once")
    return (written, "all" if single else "any") if written else None


def _tests(instrument: Instrument, condition: Condition) -> list[Resource]:
    """Write a condition as tests of which one must hold; none where it does not fit."""
    if condition.item is None:
        return []
    source = instrument.item(condition.item)
    key = f"answer{VALUES[source.kind]}"
    values, sign = condition.equals or (), "="
    if condition.at_least is not None:
        values, sign = (condition.at_least,), ">="
        if source.kind == "choice":
            listed = instrument.values(source.name) or ()
            values, sign = tuple(value for value in listed if value >= condition.at_least), "="
    if source.kind == "count" and any(not value.is_integer() for value in values):
        return []
    return [{"question": source.name, "operator": sign, key: _plain(source, value)} for value in values]


def questionnaire_response(
    instrument: Instrument,
    answers_of_one_sheet: pd.DataFrame,
    participant_id: str,
    authored: datetime | None = None,
) -> tuple[Resource, Losses]:
    """Write one sheet of answers as a QuestionnaireResponse (R4).

    A missing answer keeps its reason as the extension ``data-absent-reason`` of the value. The only
    name of the person is the participant id.

    Parameters
    ----------
    instrument : Instrument
    answers_of_one_sheet : pandas.DataFrame
        One row is an answered item: ``item value missing_reason``.
    participant_id : str
    authored : datetime.datetime, optional
        With its time zone; without one only the date is written.

    Returns
    -------
    dict
    Losses

    Raises
    ------
    DefinitionError
        An item is unknown or stands twice, or a value is not one the item allows.
    """
    losses = Losses()
    rows = {str(row.item): row for row in answers_of_one_sheet.itertuples(index=False)}
    twice = repeated(str(name) for name in answers_of_one_sheet["item"])
    if twice is not None:
        raise DefinitionError(f"The sheet answers '{twice}' twice.", "Give the answers of one sheet at a time.")
    for name in rows:
        instrument.item(name)
    written = [
        {"linkId": item.name, "answer": [answer]}
        for item in instrument.items
        if item.name in rows and (answer := _answer(instrument, item, rows[item.name], losses))
    ]
    resource: Resource = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{_url(instrument)}|{instrument.version}",
        "status": "completed",
        "subject": _subject(participant_id, losses),
    }
    if authored is not None:
        resource["authored"] = _moment(authored, losses)
    if written:
        resource["item"] = written
    return resource, losses


def _subject(participant_id: str, losses: Losses) -> Resource:
    if FHIR_ID.fullmatch(participant_id):
        return {"reference": f"Patient/{participant_id}"}
    losses.add("subject", f"'{participant_id}' cannot be a FHIR id, so it stands as an identifier and not a reference")
    return {"identifier": {"value": participant_id}}


def _moment(authored: datetime, losses: Losses) -> str:
    if authored.tzinfo is None:
        losses.add("authored", "the time of day: it has no time zone, and FHIR wants one")
        return authored.date().isoformat()
    return authored.isoformat(timespec="seconds")


def _answer(instrument: Instrument, item: Item, row: Any, losses: Losses) -> Resource | None:
    key = f"value{VALUES[item.kind]}"
    where = f"{instrument.name}.{item.name}"
    if pd.notna(row.value):
        value = float(row.value)
        allowed = instrument.values(item.name)
        if (allowed is not None and value not in allowed) or (item.kind == "count" and not value.is_integer()):
            raise DefinitionError(f"{where}: {value:g} is no answer to it.", "Correct the answer, or the definition.")
        if allowed is None:
            return {key: _plain(item, value)}
        label = next(one.label for one in instrument.choices[item.choices or ""] if one.value == value)
        return {key: {"code": number_text(value), "display": tidy(label)}}
    if pd.isna(row.missing_reason):
        return None
    reason = str(row.missing_reason)
    if reason not in ABSENT:
        losses.add(where, f"the reason '{reason}' is written as 'unknown'")
    absent = {"extension": [{"url": f"{EXTENSIONS}data-absent-reason", "valueCode": ABSENT.get(reason, "unknown")}]}
    return {key if item.kind == "choice" else f"_{key}": absent}
