"""FHIR R4: the resources by hand, and what they cannot say."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone

import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.exchange.forms.fhir import questionnaire, questionnaire_response
from remission.survey.definition import Instrument
from remission.survey.library import available, instrument
from remission.survey.wording import Wording

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def made(*items: dict[str, object], **more: object) -> Instrument:
    return Instrument.model_validate(
        {
            "name": "my_visits",
            "version": "2",
            "title": "Visits",
            "concept": "visits",
            "recall": "past week",
            "wording": "absent",
            "citation": {"text": "Doe 2020."},
            "licence": {"holder": "Doe", "terms": "free with citation"},
            "confidence": "medium",
            "choices": {"how": [{"value": v, "label": f"L{v}"} for v in (0, 1, 2)]},
            "items": [{"descriptor": "said", **item} for item in items],
            "scales": [{"name": "s", "title": "S", "items": [items[0]["name"]], "rule": "value"}],
            **more,
        }
    )


Q = {"name": "q", "choices": "how"}
N = {"name": "n", "kind": "count", "minimum": 0, "maximum": 30, "unit": "days", "number": 7}


def test_a_questionnaire_is_the_one_written_by_hand() -> None:
    asked = {"name": "x", "kind": "number", "maximum": 1.5, "asked_if": {"item": "q", "equals": [1, 2]}}
    wording = Wording(
        instrument="my_visits",
        language="es",
        title="Visitas",
        intro="Hola.",
        items={"q": "¿Cómo?", "n": "¿Días?", "x": "¿Cuánto?"},
        choices={"how": {"0": "A", "1": "B", "2": "C"}},
        source="our site",
    )
    resource, losses = questionnaire(made(Q, N, asked), wording)
    assert [loss.what for loss in losses] == ["scoring: a Questionnaire has no scales"]
    assert resource == {
        "resourceType": "Questionnaire",
        "language": "es",
        "url": "urn:remission:instrument:my_visits",
        "version": "2",
        "name": "MyVisits",
        "title": "Visitas",
        "status": "draft",
        "subjectType": ["Patient"],
        "copyright": "Doe (free with citation). Doe 2020. Words: our site.",
        "item": [
            {"linkId": "_intro", "text": "Hola.", "type": "display"},
            {
                "linkId": "q",
                "prefix": "1",
                "text": "¿Cómo?",
                "type": "choice",
                "required": False,
                "answerOption": [
                    {"valueCoding": {"code": code, "display": label}} for code, label in zip("012", "ABC", strict=True)
                ],
            },
            {
                "linkId": "n",
                "prefix": "7",
                "text": "¿Días?",
                "type": "integer",
                "extension": [
                    {"url": "http://hl7.org/fhir/StructureDefinition/minValue", "valueInteger": 0},
                    {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 30},
                    {
                        "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit",
                        "valueCoding": {"system": "http://unitsofmeasure.org", "code": "d", "display": "days"},
                    },
                ],
                "required": False,
            },
            {
                "linkId": "x",
                "prefix": "3",
                "text": "¿Cuánto?",
                "type": "decimal",
                "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueDecimal": 1.5}],
                "enableWhen": [
                    {"question": "q", "operator": "=", "answerCoding": {"code": "1"}},
                    {"question": "q", "operator": "=", "answerCoding": {"code": "2"}},
                ],
                "enableBehavior": "any",
                "required": False,
            },
        ],
    }


def coded(code: str) -> dict[str, object]:
    return {"question": "q", "operator": "=", "answerCoding": {"code": code}}


REACHED = {"question": "n", "operator": ">=", "answerInteger": 3}


@pytest.mark.parametrize(
    ("asked_if", "tests", "behavior", "lost"),
    [
        ([{"item": "q", "equals": [1]}], [coded("1")], None, 0),
        ([{"item": "n", "at_least": 3}], [REACHED], None, 0),
        # a Coding has no order, so "at least 1" of 0, 1, 2 is "1 or 2"
        ([{"item": "q", "at_least": 1}], [coded("1"), coded("2")], "any", 0),
        ([{"item": "q", "equals": [1]}, {"item": "n", "at_least": 3}], [coded("1"), REACHED], "all", 0),
        ([{"item": "q", "equals": [1, 2]}, {"item": "n", "at_least": 3}], [REACHED], None, 1),
        ([{"item": "q", "equals": [1, 2]}, {"item": "q", "equals": [0, 2]}], [coded("1"), coded("2")], "any", 1),
        ([{"sum_of": ["q", "n"], "at_least": 3}], None, None, 1),
        ([{"sum_of": ["q", "n"], "at_least": 3}, {"item": "q", "equals": [1]}], [coded("1")], None, 1),
        ([{"item": "q", "equals": []}], None, None, 1),
        ([{"item": "n", "at_least": 0.5}], None, None, 1),
    ],
)
def test_conditions_fit_enable_when_or_are_a_loss(
    asked_if: list[dict[str, object]], tests: list[object] | None, behavior: str | None, lost: int
) -> None:
    resource, losses = questionnaire(made(Q, N, {"name": "x", "kind": "number", "asked_if": asked_if}))
    item = resource["item"][-1]
    assert (item.get("enableWhen"), item.get("enableBehavior")) == (tests, behavior)
    found = [loss for loss in losses if loss.where == "my_visits.x"]
    assert len(found) == lost
    assert all(loss.what.startswith("the condition '") for loss in found)


def test_what_a_questionnaire_cannot_carry_is_named() -> None:
    odd = {"name": "c", "kind": "count", "minimum": 0.5, "unit": "drinks"}
    _, losses = questionnaire(made(Q, odd, repeats="group"))
    assert [loss.what.split(":")[0] for loss in losses] == ["scoring", "wording", "repeats", "minValue 0.5", "unit"]


@pytest.mark.parametrize("name", available())
def test_shipped_instruments_say_their_items_bounds_choices_and_conditions(name: str) -> None:
    shipped = instrument(name)
    resource, losses = questionnaire(shipped)
    assert json.loads(json.dumps(resource)) == resource
    items = {item["linkId"]: item for item in resource["item"] if item["type"] != "display"}
    assert list(items) == [item.name for item in shipped.items]
    for item in shipped.items:
        out = items[item.name]
        bounds = [ext.get("valueInteger", ext.get("valueDecimal")) for ext in out.get("extension", [])]
        known = [end for end in (item.minimum, item.maximum) if end is not None]
        assert item.kind == "choice" or bounds[: len(known)] == known
        codes = [float(option["valueCoding"]["code"]) for option in out.get("answerOption", [])]
        assert tuple(codes) == (shipped.values(item.name) or ())
        lost = any(loss.where.endswith(f".{item.name}") and "condition" in loss.what for loss in losses)
        assert not item.asked_if or lost or "enableWhen" in out


def sheet(*rows: tuple[str, float | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["item", "value", "missing_reason"])


def test_a_response_is_the_one_written_by_hand() -> None:
    shipped = made(
        Q, N, {"name": "x", "kind": "number"}, {"name": "y", "kind": "count"}, {"name": "z", "kind": "count"}
    )
    answers = sheet(
        ("x", 0.5, None), ("q", 2.0, None), ("n", None, "refused"), ("y", 4.0, None), ("z", None, None)
    ).astype({"value": float})
    moment = datetime.combine(date(2026, 3, 1), time(9, 30), timezone(timedelta(hours=-5)))
    resource, losses = questionnaire_response(shipped, answers, "P-007", moment)
    assert losses == []
    assert resource == {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "urn:remission:instrument:my_visits|2",
        "status": "completed",
        "subject": {"reference": "Patient/P-007"},
        "authored": "2026-03-01T09:30:00-05:00",
        "item": [
            {"linkId": "q", "answer": [{"valueCoding": {"code": "2", "display": "L2"}}]},
            {
                "linkId": "n",
                "answer": [{"_valueInteger": {"extension": [{"url": ABSENT, "valueCode": "asked-declined"}]}}],
            },
            {"linkId": "x", "answer": [{"valueDecimal": 0.5}]},
            {"linkId": "y", "answer": [{"valueInteger": 4}]},
        ],
    }


@pytest.mark.parametrize(
    ("reason", "code", "lost"),
    [
        ("refused", "asked-declined", 0),
        ("not_asked", "not-asked", 0),
        ("not_applicable", "not-applicable", 0),
        ("unknown", "unknown", 0),
        ("not_recorded", "unknown", 1),
    ],
)
def test_reasons_become_fhir_codes(reason: str, code: str, lost: int) -> None:
    resource, losses = questionnaire_response(made(Q), sheet(("q", None, reason)), "1")
    assert resource["item"][0]["answer"] == [{"valueCoding": {"extension": [{"url": ABSENT, "valueCode": code}]}}]
    assert len(losses) == lost
    assert "authored" not in resource


def test_a_time_without_a_zone_and_a_name_that_is_no_id_are_losses() -> None:
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC).replace(tzinfo=None)
    resource, losses = questionnaire_response(made(Q), sheet(), "site 1/7", moment)
    assert resource["authored"] == "2026-03-01"
    assert resource["subject"] == {"identifier": {"value": "site 1/7"}}
    assert "item" not in resource
    assert [loss.where for loss in losses] == ["subject", "authored"]


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ([("gone", 1.0, None)], "has no item 'gone'"),
        ([("q", 1.0, None), ("q", 2.0, None)], "answers 'q' twice"),
        ([("q", 9.0, None)], "my_visits.q: 9 is no answer to it"),
        ([("n", 1.5, None)], "my_visits.n: 1.5 is no answer to it"),
    ],
)
def test_answers_that_do_not_fit_are_refused(rows: list[tuple[str, float, None]], cause: str) -> None:
    with pytest.raises(DefinitionError, match=cause):
        questionnaire_response(made(Q, N), sheet(*rows), "1")
