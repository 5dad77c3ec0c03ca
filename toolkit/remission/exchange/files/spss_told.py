"""An SPSS file's dictionary as JSON: what this project's own parser finds, in an encoding that fits."""

import struct
from collections.abc import Iterator
from typing import Any

from remission.errors import UnreadableFile
from remission.exchange.files.encodings import LADDER, codec_of, first_unfit
from remission.exchange.files.spss_dictionary import SpssDictionary
from remission.exchange.files.spss_texts import (
    Attributes,
    file_attributes,
    long_label_keys,
    long_missing_codes,
    newer_formats,
    response_sets,
    variable_attributes,
)


def code_places(dictionary: SpssDictionary) -> Iterator[tuple[str, bytes]]:
    """Yield every text code of the dictionary with its place: one that does not decode ends the reader's process."""
    by_place = dict(enumerate(dictionary.records.variables, start=1))
    for labels in dictionary.records.labels:
        owners = [by_place[place] for place in labels.places if place in by_place]
        texts = [owner for owner in owners if owner.width > 0]
        if texts:
            name = _name_of(dictionary, texts[0].name)
            yield from ((f"a code with a value label of {name}", code.rstrip(b"\0 ")) for code, _ in labels.pairs)
    for variable in dictionary.variables:
        if variable.record.width > 0:
            codes = variable.record.missing
            yield from ((f"a user-missing code of {_readable(variable.name)}", code.rstrip(b"\0 ")) for code in codes)
    for owner, code, _ in long_label_keys(dictionary):
        yield f"a code with a value label of {_readable(owner)}", code.rstrip(b"\0 ")
    for owner, code in long_missing_codes(dictionary):
        yield f"a user-missing code of {_readable(owner)}", code.rstrip(b"\0 ")


def text_places(dictionary: SpssDictionary) -> Iterator[tuple[str, bytes]]:
    """Yield every other text that is read: names, labels, documents."""
    for variable in dictionary.variables:
        name = _readable(variable.name)
        yield f"the name of {name}", variable.name
        yield f"the label of {name}", variable.label
    for labels in dictionary.records.labels:
        yield from (("a value label", label) for _, label in labels.pairs)
    yield from (("a value label", label) for _, _, label in long_label_keys(dictionary))
    yield "the file's label", dictionary.records.label
    yield from (("the documents", line) for line in dictionary.records.documents)


def choose_encoding(dictionary: SpssDictionary, name: str, tried: str | None) -> list[tuple[str, str]]:
    """List encodings that fit the dictionary, best first, each with why it was chosen.

    Parameters
    ----------
    dictionary : SpssDictionary
    name : str
        The file's name, for sentences.
    tried : str or None
        An encoding a person asks for.

    Raises
    ------
    UnreadableFile
        The encoding asked for is unknown or does not fit; a text code does not fit the declared one.
    """
    codes = list(code_places(dictionary))
    places = [*codes, *text_places(dictionary)]
    if tried is not None:
        _require(codes, name, tried, asked=True)
        return [(tried, f"Read as {tried}, as was asked.")]
    declared = codec_of(dictionary.declared)
    if declared:
        if (place := first_unfit(codes, declared)) is not None:
            raise UnreadableFile(*unfit(name, place, dictionary.declared, "declares"))
        if first_unfit(places, declared) is None:
            return [
                (dictionary.declared, ""),
                *_rungs(places, f"Declares {dictionary.declared}, which its cells do not fit"),
            ]
    why = "Declares no encoding"
    if dictionary.declared:
        why = f"Declares {dictionary.declared}, which " + ("its labels do not fit" if declared else "is not known here")
    found = _rungs(places, why)
    if not found:
        raise UnreadableFile(
            f"{name} holds texts that fit none of the encodings tried ({', '.join(LADDER)}).",
            "Ask what computer it comes from and give the encoding, such as --encoding windows-1250.",
        )
    return found


def _rungs(places: list[tuple[str, bytes]], why: str) -> list[tuple[str, str]]:
    fitting = [rung for rung in LADDER if first_unfit(places, codec_of(rung)) is None]
    return [(rung, f"{why}; read as {rung}, the first that fits.") for rung in fitting]


def _require(codes: list[tuple[str, bytes]], name: str, tried: str, asked: bool) -> None:
    codec = codec_of(tried)
    if not codec:
        raise UnreadableFile(f"There is no encoding called {tried}.", "Use a name such as UTF-8 or windows-1252.")
    if (place := first_unfit(codes, codec)) is not None:
        raise UnreadableFile(*unfit(name, place, tried, "is to be read as" if asked else "declares"))


def unfit(name: str, place: str, encoding: str, verb: str) -> tuple[str, str]:
    """Return cause and cure where a text does not fit an encoding."""
    other = "UTF-8" if codec_of(encoding) == "cp1252" else "windows-1252"
    return (
        f"{name} {verb} {encoding}, and {place} does not fit that.",
        f"Read it with another encoding: --encoding {other}.",
    )


def told_of_spss(dictionary: SpssDictionary, encoding: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what only the parser knows: fields of the dictionary, and of each variable in the order of the file."""
    text = _Texts(codec_of(encoding) or "latin-1")
    attributes, attributes_whole = variable_attributes(dictionary)
    of_file, file_whole = file_attributes(dictionary)
    sets, sets_whole = _sets(dictionary, text)
    damaged = {
        "custom attributes of variables": not attributes_whole,
        "custom attributes of the file": not file_whole,
        "multiple-response sets": not sets_whole,
    }
    told = {
        "rows": dictionary.cases,
        "producer": dictionary.producer,
        "created": dictionary.created,
        "compression": dictionary.compression,
        "weight": text(dictionary.weight),
        "attributes": text.of_attributes(of_file),
        "response_sets": sets,
        "documents": [text(line) for line in dictionary.records.documents],
        "remarks": [f"Some {what} are damaged and were left out." for what, found in damaged.items() if found],
    }
    return told, _variables(dictionary, attributes, text)


class _Texts:
    """Bytes to texts, blanks at the end cut off."""

    def __init__(self, codec: str) -> None:
        self.codec = codec

    def __call__(self, content: bytes) -> str:
        return content.rstrip(b"\0 ").decode(self.codec, "replace")

    def of_attributes(self, found: Attributes) -> dict[str, list[str]]:
        own = {name: values for name, values in found.items() if not name.startswith(b"$@")}
        return {self(name): [self(value) for value in values] for name, values in own.items()}


def _sets(dictionary: SpssDictionary, text: _Texts) -> tuple[list[dict[str, Any]], bool]:
    names = {word.upper(): text(v.name) for v in dictionary.variables for word in (v.short, v.name)}
    sets, whole = response_sets(dictionary)
    told = [
        {
            "name": text(name),
            "kind": "categories" if kind == b"C" else "dichotomies",
            "counted": text(counted),
            "label": text(label),
            "variables": [names.get(word, text(word)) for word in words],
        }
        for name, kind, counted, label, words in sets
    ]
    return told, whole


def _variables(dictionary: SpssDictionary, attributes: dict[bytes, Attributes], text: _Texts) -> list[dict[str, Any]]:
    roles = dictionary.roles(attributes)
    shown, formats = dictionary.display(), newer_formats(dictionary)
    return [
        {
            "name": text(variable.name),
            "format": formats.get(variable.name, ""),
            "role": roles.get(variable.name, ""),
            "attributes": text.of_attributes(attributes.get(variable.name, {})),
            "display_width": shown[place][1] if shown else 0,
            "alignment": shown[place][2] if shown else "",
        }
        for place, variable in enumerate(dictionary.variables)
    ]


def size_of_cells(dictionary: SpssDictionary) -> int | None:
    """Return how many bytes the data of an uncompressed file take, None where that cannot be told."""
    if dictionary.records.compression != 0 or dictionary.cases is None:
        return None
    return 8 * len(dictionary.records.variables) * dictionary.cases


def two_counts(dictionary: SpssDictionary) -> tuple[int, int] | None:
    """Return the two row counts of a file that announces different ones."""
    counts = dictionary.content(16)
    if len(counts) < 16 or dictionary.records.cases < 0:
        return None
    other = struct.unpack(dictionary.records.order + "2q", counts[:16])[1]
    return None if other in (-1, 0, dictionary.records.cases) else (dictionary.records.cases, other)


def _name_of(dictionary: SpssDictionary, short: bytes) -> str:
    word = short.strip().upper()
    return _readable(next((v.name for v in dictionary.variables if v.short == word), word))


def _readable(name: bytes) -> str:
    return name.decode("utf-8", "replace")
