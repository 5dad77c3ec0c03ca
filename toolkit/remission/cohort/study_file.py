"""Reading ``study.yaml``: what is wrong is said with the file, the key or line, and the rule."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from remission.cohort.protocol import Measure, Protocol
from remission.errors import DefinitionError, StudyError
from remission.survey.library import instrument
from remission.yaml_file import first_fault, read_yaml, yaml_of_text

STUDY_FILE = "study.yaml"
INSTRUMENTS_FOLDER = "instruments"


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
    _require_file(path)
    return checked_protocol(path, read_yaml(path))


def protocol_of_text(text: str) -> Protocol:
    """Read a protocol that was in force earlier and was checked then."""
    return Protocol.model_validate(yaml_of_text(text))


def checked_protocol(path: Path, values: Any, folder: Path | None = None) -> Protocol:
    """Check what a study.yaml says; ``path`` names it, ``folder`` holds its instruments (its own if not given).

    Raises
    ------
    DefinitionError
        It breaks a rule: names the line or the key, and the rule.
    """
    try:
        protocol = Protocol.model_validate(values)
    except ValidationError as error:
        raise DefinitionError(f"{path}: {first_fault(error, values)}.", "Correct it there and try again.") from error
    folder = path.parent if folder is None else folder
    for name, measure in protocol.measures.items():
        _check_measure(path, folder, name, measure)
    asked = protocol.asking.forms.values() if protocol.asking else ()
    for form in (form for forms in asked for form in forms):
        _check_asked(path, folder, form.instrument, form.about, protocol)
    return protocol


def _check_asked(path: Path, folder: Path, name: str, about: str, protocol: Protocol) -> None:
    try:
        found = instrument(name, extra=folder / INSTRUMENTS_FOLDER)
    except DefinitionError as error:
        raise DefinitionError(f"{path}: asking.forms: {error.cause}", error.cure) from error
    if found.version == "draft":
        raise DefinitionError(
            f"{path}: asking.forms: {name} is a draft, and a draft is not asked.",
            "Write its scales, licence and source, and give it a version.",
        )
    if about not in ("", "each_group", *protocol.groups):
        raise DefinitionError(
            f"{path}: asking.forms: {name} is asked about '{about}', which is no group of the study.",
            "Write each_group, or the code of a group.",
        )


def _require_file(path: Path) -> None:
    if not path.parent.is_dir():
        raise StudyError(f"There is no study folder {path.parent}.", "Make one with `remission new`.")
    if not path.is_file():
        raise StudyError(
            f"The folder {path.parent} holds no study.yaml.",
            "Name a study folder, or make one with `remission new`.",
        )


def _check_measure(path: Path, folder: Path, name: str, measure: Measure) -> None:
    try:
        scales = [scale.name for scale in instrument(measure.instrument, extra=folder / INSTRUMENTS_FOLDER).scales]
    except DefinitionError as error:
        raise DefinitionError(f"{path}: measures.{name}.instrument: {error.cause}", error.cure) from error
    if measure.scale not in scales:
        raise DefinitionError(
            f"{path}: measures.{name}.scale: {measure.instrument} has no scale {measure.scale}.",
            f"It has {', '.join(scales)}.",
        )
