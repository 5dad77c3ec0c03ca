"""Study results as plain dictionaries, for scripts."""

from dataclasses import asdict, fields, is_dataclass
from typing import Any

import pandas as pd
from pydantic import BaseModel

from remission.estimate.result import Curve, MixedFit, Result
from remission.estimate.stress_panel import StressPanel
from remission.questions.asked import Finding
from remission.questions.first_use import Comparison
from remission.questions.problem import Problem
from remission.questions.study_results import StudyResults


def as_dict(results: StudyResults) -> dict[str, Any]:
    """Return study results with full precision, missing numbers as None.

    Returns
    -------
    dict
        Keys ``title revision outcome follow_up first_use by cox over_time trajectories others``; a
        question without an answer holds ``{"problem": sentence}``.
    """
    return {
        "title": results.title,
        "revision": results.revision,
        "outcome": asdict(results.definition),
        "not_used": results.not_used,
        "follow_up": records(results.follow_up),
        "first_use": _answer(results.first_use, results.times),
        "by": {name: _answer(found, results.times) for name, found in results.by.items()},
        "cox": {terms: _answer(fit, results.times) for terms, fit in results.cox.items()},
        "over_time": {terms: _answer(fit, results.times) for terms, fit in results.over_time.items()},
        "trajectories": {name: _answer(fit, results.times) for name, fit in results.trajectories.items()},
        "others": [
            {"key": one.key, "name": one.name, "heading": one.heading, **_finding(one.answer, results.times)}
            for one in results.others
        ],
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries of plain Python values."""
    return [{str(key): _plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def _finding(found: Finding | Problem, times: tuple[int, ...]) -> dict[str, Any]:
    if isinstance(found, Problem):
        return {"problem": found.sentence}
    return {part.name: _part(getattr(found, part.name), times) for part in fields(found)}


def _part(value: Any, times: tuple[int, ...]) -> Any:
    if isinstance(value, Result | Problem):
        return _answer(value, times)
    if isinstance(value, pd.DataFrame):
        return records(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_part(one, times) for one in value] if isinstance(value, tuple) else value


def _plain(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _answer(found: Result | Comparison | Problem, times: tuple[int, ...]) -> dict[str, Any]:
    if isinstance(found, Problem):
        return {"problem": found.sentence}
    if isinstance(found, Comparison):
        return {"curve": _answer(found.curve, times), "test": _answer(found.test, times)}
    described = {
        "glance": records(found.glance())[0],
        "left_out": [list(reason) for reason in found.sample.left_out],
        "failed_checks": [check.sentence for check in found.checks if not check.passed],
    }
    if isinstance(found, Curve):
        return {
            **described,
            "at": records(found.at(list(times))),
            "median": records(found.quantile(0.5)),
        }
    extra: dict[str, Any] = {"variances": records(found.variances())} if isinstance(found, MixedFit) else {}
    if isinstance(found, StressPanel):
        extra["believe"] = list(found.believe)
    return {**described, "table": records(found.tidy()), **extra}
