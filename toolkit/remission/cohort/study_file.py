"""Reading ``study.yaml``: what is wrong is said with the file, the key or line, and the rule."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from remission.cohort.protocol import Measure, Protocol
from remission.errors import DefinitionError, StudyError
from remission.survey.library import instrument

STUDY_FILE = "study.yaml"


class _KeysOnce(yaml.SafeLoader):
    """A loader that does not let a second key of the same name win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_protocol(folder: Path) -> Protocol:
    """Read and check the protocol of a study folder.

    Raises
    ------
    StudyError
        The folder or its study.yaml is absent or unreadable.
    DefinitionError
        study.yaml breaks a rule: names the line or the key, and the rule.
    """
    path = folder / STUDY_FILE
    values = _parse(path, _text(path))
    try:
        protocol = Protocol.model_validate(values)
    except ValidationError as error:
        raise DefinitionError(f"{path}: {_first_fault(error)}.", "Correct it there and try again.") from error
    for name, measure in protocol.measures.items():
        _check_measure(path, name, measure)
    return protocol


def _text(path: Path) -> str:
    if not path.parent.is_dir():
        raise StudyError(f"There is no study folder {path.parent}.", "Make one with `remission new`.")
    if not path.is_file():
        raise StudyError(
            f"The folder {path.parent} holds no study.yaml.",
            "Name a study folder, or make one with `remission new`.",
        )
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} cannot be read as text.", "Check its permissions; save it as UTF-8.") from error


def _parse(path: Path, text: str) -> dict[Any, Any]:
    try:
        # The loader is a SafeLoader: it makes plain values only.
        values = yaml.load(text, Loader=_KeysOnce)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise DefinitionError(f"{path} cannot be read{line}: {problem}.", "Correct that line.") from error
    if not isinstance(values, dict):
        raise DefinitionError(f"{path} holds no keys and values.", "Start from a template of `remission new`.")
    return values


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in fault["loc"])
    said = {
        "extra_forbidden": "there is no such key; check its spelling",
        "missing": "this key is required",
    }.get(fault["type"], fault["msg"].removeprefix("Value error, ").rstrip("."))
    return f"{key}: {said}" if key else said


def _check_measure(path: Path, name: str, measure: Measure) -> None:
    try:
        scales = [scale.name for scale in instrument(measure.instrument).scales]
    except DefinitionError as error:
        raise DefinitionError(f"{path}: measures.{name}.instrument: {error.cause}", error.cure) from error
    if measure.scale not in scales:
        raise DefinitionError(
            f"{path}: measures.{name}.scale: {measure.instrument} has no scale {measure.scale}.",
            f"It has {', '.join(scales)}.",
        )
