"""The words in which an instrument is put to people: the project's own, or a site's licensed ones."""

import csv
import io
import re
from pathlib import Path

from pydantic import Field

from remission.errors import DefinitionError
from remission.locate import shipped
from remission.survey.definition import Instrument
from remission.survey.part import Part

COLUMNS = ("part", "name", "value", "text")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
PARTS = ("source", "title", "intro", "item", "choice")


class Wording(Part):
    """An instrument's words in one language.

    Attributes
    ----------
    items : dict
        Item to question.
    choices : dict
        List of choices to (value as ``%g`` text to label).
    source : str
        Where the words come from and on what terms.
    """

    instrument: str
    language: str
    title: str = ""
    intro: str = ""
    items: dict[str, str]
    choices: dict[str, dict[str, str]] = Field(default_factory=dict)
    source: str = ""

    def label(self, choices: str, value: float) -> str:
        """Return the label of a choice."""
        return self.choices[choices][f"{value:g}"]


def wording(instrument: Instrument, language: str = "en", folder: Path | None = None) -> Wording:
    """Find the complete words of an instrument in a language.

    Parameters
    ----------
    instrument : Instrument
    language : str
        A language code such as ``en`` or ``es``.
    folder : pathlib.Path, optional
        A site's own files, ``<instrument>.<language>.csv``; they go before what ships.

    Raises
    ------
    DefinitionError
        There are no words in that language, or they leave an item or a choice out.
    """
    for path in _places(instrument, language, folder):
        if path.is_file():
            return read_wording(path, instrument, language)
    if instrument.wording == "own" and language == instrument.language:
        return _of_definition(instrument)
    if instrument.wording == "own":
        raise DefinitionError(
            f"'{instrument.title}' has no wording in the language '{language}'.",
            f"It has {', '.join(languages(instrument, folder))}; a translation can be loaded with "
            f"`remission instrument wording FILE`.",
        )
    raise DefinitionError(
        f"The wording of '{instrument.title}' does not ship (licence: {instrument.licence.terms}, "
        f"{instrument.licence.holder}), so it cannot be shown to participants.",
        f"Load the wording your site is licensed to use: `remission instrument wording FILE --instrument "
        f"{instrument.name} --study FOLDER`.",
    )


def languages(instrument: Instrument, folder: Path | None = None) -> tuple[str, ...]:
    """Name the languages in which an instrument has words."""
    found = {instrument.language} if instrument.wording == "own" else set()
    found |= {
        path.suffixes[-2].lstrip(".") for path in (shipped("instruments") / instrument.name).glob("wording.*.csv")
    }
    if folder is not None and folder.is_dir():
        found |= {path.suffixes[-2].lstrip(".") for path in folder.glob(f"{instrument.name}.*.csv")}
    return tuple(sorted(found))


def _places(instrument: Instrument, language: str, folder: Path | None) -> list[Path]:
    own = [folder / wording_file(instrument.name, language)] if folder is not None else []
    return [*own, shipped("instruments") / instrument.name / f"wording.{language}.csv"]


def wording_file(name: str, language: str) -> str:
    """Name the file of a site's wording.

    Raises
    ------
    DefinitionError
        The language is no language code.
    """
    if not LANGUAGE.fullmatch(language):
        raise DefinitionError(f"'{language}' is no language code.", "Write one such as en, es or pt-BR.")
    return f"{name}.{language}.csv"


def _of_definition(instrument: Instrument) -> Wording:
    return Wording(
        instrument=instrument.name,
        language=instrument.language,
        title=instrument.title,
        intro=instrument.intro,
        items={item.name: item.text or "" for item in instrument.items},
        choices={
            name: {f"{choice.value:g}": choice.label for choice in listed}
            for name, listed in instrument.choices.items()
        },
        source="the remission project",
    )


def read_wording(path: Path, instrument: Instrument, language: str) -> Wording:
    """Read a wording file (``part,name,value,text``) and check that it is complete.

    Raises
    ------
    DefinitionError
        Names the file, the line and what is wrong, or the item or choice that is left out.
    """
    found = parse_wording(path, instrument, language)
    faults = wording_faults(instrument, found)
    if faults:
        raise DefinitionError(f"{path}: {faults[0]}.", "Add it; a form is shown with all its words or not at all.")
    return found


def parse_wording(path: Path, instrument: Instrument, language: str) -> Wording:
    """Read a wording file as far as it goes."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path} cannot be read as text.", "Save it as a CSV file in UTF-8.") from error
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise DefinitionError(f"{path} is no wording file.", f"Its first line must be {','.join(COLUMNS)}.")
    held: dict[str, str] = {}
    items: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        part, name, said = row["part"], (row["name"] or "").strip(), (row["text"] or "").strip()
        if part not in PARTS:
            raise DefinitionError(f"{path}, line {number}: there is no part '{part}'.", f"Write {', '.join(PARTS)}.")
        if part == "item":
            items[name] = said
        elif part == "choice":
            choices.setdefault(name, {})[_value(path, number, row["value"])] = said
        else:
            held[part] = said
    return Wording(instrument=instrument.name, language=language, items=items, choices=choices, **held)


def _value(path: Path, number: int, text: str | None) -> str:
    try:
        return f"{float(text or ''):g}"
    except ValueError as error:
        raise DefinitionError(
            f"{path}, line {number}: the value of a choice is '{text}'.", "Write the number that is stored."
        ) from error


def wording_faults(instrument: Instrument, found: Wording) -> list[str]:
    """Say what a wording leaves out or names that the instrument does not have."""
    names = [item.name for item in instrument.items]
    faults = [f"item '{name}' has no words" for name in names if not found.items.get(name)]
    faults += [f"{instrument.name} has no item '{name}'" for name in found.items if name not in names]
    # A draft out of another tool states no time frame, and is not asked.
    if instrument.wording == "absent" and instrument.version != "draft" and not found.intro:
        faults.append(f"the intro is absent, which must say the time frame ({instrument.recall})")
    used = {item.choices for item in instrument.items if item.choices is not None}
    faults += [
        f"{instrument.name} has no list of choices '{name}'" for name in found.choices if name not in instrument.choices
    ]
    for listed in sorted(used):
        values = [f"{choice.value:g}" for choice in instrument.choices[listed]]
        given = found.choices.get(listed, {})
        faults += [f"choice {value} of '{listed}' has no words" for value in values if not given.get(value)]
        faults += [f"'{listed}' has no choice {value}" for value in given if value not in values]
    return faults


def write_wording(found: Wording, path: Path) -> None:
    """Write a wording file."""
    rows = [("source", "", "", found.source), ("title", "", "", found.title), ("intro", "", "", found.intro)]
    rows += [("item", name, "", said) for name, said in found.items.items()]
    rows += [("choice", name, value, said) for name, labels in found.choices.items() for value, said in labels.items()]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row for row in rows if row[0] in ("item", "choice") or row[3])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(text.getvalue(), encoding="utf-8")
