"""Whole files of forms, in and out: one instrument, a study's project, its responses."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from remission.cohort import Study, answers
from remission.errors import DefinitionError
from remission.exchange.forms.fhir import questionnaire, questionnaire_response
from remission.exchange.forms.form import Form, left_behind, to_form
from remission.exchange.forms.loss import Losses
from remission.exchange.forms.redcap_dictionary import write_dictionary
from remission.exchange.forms.redcap_events import write_event_map, write_events
from remission.exchange.forms.redcap_rows import read_dictionary
from remission.exchange.forms.xlsform import write_xlsform
from remission.exchange.forms.xlsform_rows import read_xlsform
from remission.survey.definition import Instrument
from remission.survey.wording import Wording, languages, wording

KINDS = ("redcap", "xlsform", "fhir")
PROJECT = ("dictionary.csv", "events.csv", "event_instruments.csv")


def words_of(instrument: Instrument, folder: Path | None = None) -> tuple[Wording, ...]:
    """Return an instrument's words in every language it has, its own first; none where none are loaded."""
    order = sorted(languages(instrument, folder), key=lambda code: code != instrument.language)
    return tuple(wording(instrument, code, folder) for code in order)


def export_instrument(instrument: Instrument, words: Sequence[Wording], kind: str, path: Path) -> Losses:
    """Write an instrument as a REDCap data dictionary, an XLSForm or a FHIR Questionnaire.

    Returns
    -------
    Losses
        What the file could not hold.

    Raises
    ------
    DefinitionError
        There is no such kind of file, or the file exists.
    """
    require_new(path)
    _require_folder(path)
    first, others = (words[0] if words else None), tuple(words[1:])
    if kind == "fhir":
        resource, losses = questionnaire(instrument, first)
        path.write_text(json.dumps(resource, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return _with_languages(losses, instrument, others)
    losses = left_behind(instrument, first)
    if kind == "xlsform":
        losses.extend(write_xlsform(to_form(instrument, first, *others), path))
        return losses
    if kind != "redcap":
        raise DefinitionError(f"There is no kind of file '{kind}'.", f"Write one of {', '.join(KINDS)}.")
    losses.extend(write_dictionary([to_form(instrument, first)], path))
    return _with_languages(losses, instrument, others)


def _with_languages(losses: Losses, instrument: Instrument, others: tuple[Wording, ...]) -> Losses:
    for words in others:
        losses.add(instrument.name, f"language: the words in '{words.language}' do not fit into this file")
    return losses


def export_project(study: Study, folder: Path) -> Losses:
    """Write what a study asks as a REDCap project: dictionary, events, and which form at which event.

    Raises
    ------
    DefinitionError
        The study asks nothing, or one of the files exists.
    """
    plan = study.protocol.asking
    if plan is None:
        raise DefinitionError("study.yaml has no section `asking`.", "Add one, or export one instrument by its name.")
    protocol = study.protocol
    asked = {wave.name: [form.instrument for form in protocol.asked_at(wave.name)] for wave in protocol.waves}
    names = list(dict.fromkeys(name for forms in asked.values() for name in forms))
    folder.mkdir(parents=True, exist_ok=True)
    for name in PROJECT:
        require_new(folder / name)
    losses, forms = Losses(), []
    for name in names:
        found = study.instrument(name)
        words = words_of(found, study.wordings_folder)
        losses.extend(left_behind(found, words[0] if words else None))
        _with_languages(losses, found, words[1:])
        forms.append(to_form(found, words[0] if words else None))
    dictionary, events, event_map = (folder / name for name in PROJECT)
    losses.extend(write_dictionary(forms, dictionary))
    losses.extend(write_events(study.protocol.waves, events))
    losses.extend(write_event_map(study.protocol.waves, asked, event_map))
    return losses


def export_responses(study: Study, instrument: Instrument, path: Path) -> tuple[int, Losses]:
    """Write every answered sheet of an instrument as a FHIR Bundle of QuestionnaireResponses.

    Returns
    -------
    int
        How many responses.
    Losses
    """
    require_new(path)
    _require_folder(path)
    told = answers(study.for_purpose("export"), instrument=instrument.name)
    told = told[told["version"] == instrument.version]
    losses, entries = Losses(), []
    for (who, wave, about), sheet in told.groupby(["participant_id", "wave", "about"], sort=True):
        resource, missed = questionnaire_response(instrument, sheet, str(who))
        place = f"{wave}{f' about {about}' if about else ''}"
        entries.append({"resource": resource})
        losses.extend(missed)
        losses.add(f"{who} at {place}", "wave: a QuestionnaireResponse has no place for it")
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(bundle, indent=2, ensure_ascii=False) + "\n")
    return len(entries), losses


def read_forms(path: Path) -> tuple[list[Form], Losses]:
    """Read a REDCap data dictionary (.csv) or an XLSForm (.xlsx).

    Raises
    ------
    DefinitionError
        It is neither, or breaks a rule of its kind: names file, row and field.
    """
    if path.suffix.lower() == ".xlsx":
        form, losses = read_xlsform(path)
        return [form], losses
    if path.suffix.lower() == ".csv":
        return read_dictionary(path)
    raise DefinitionError(
        f"{path.name} is neither a REDCap data dictionary (.csv) nor an XLSForm (.xlsx).", "Save it as one of them."
    )


def require_new(path: Path) -> None:
    """Refuse a place where something stands already.

    Raises
    ------
    DefinitionError
        The file exists.
    """
    if path.exists():
        raise DefinitionError(f"{path} exists already.", "Choose another name, or move it away first.")


def _require_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise DefinitionError(f"There is no folder {path.parent}.", "Make it first, or choose another.")
