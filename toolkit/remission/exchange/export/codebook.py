"""The codebook beside an export: what each variable is, and of participants nothing but how many answered."""

import csv
import io
from collections.abc import Sequence
from html import escape

from remission.cohort import Study
from remission.exchange.export.coding import code_word
from remission.exchange.export.column import Column, ExportTable

HEADINGS = (
    "variable",
    "label",
    "instrument",
    "item",
    "wave",
    "kind",
    "measure",
    "format",
    "value labels",
    "missing codes",
    "n valid",
    "source of the instrument",
    "licence",
)
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}table{border-collapse:collapse;font-size:.85rem}th,td{border:1px solid #bbb;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top}th{background:#eee;position:sticky;top:0}div{overflow-x:auto}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}th{background:#2a2a2a}}"
)


def codebook_rows(table: ExportTable, study: Study) -> list[tuple[str, ...]]:
    """Describe each variable; one row is one, cells as ``HEADINGS`` names them."""
    return [_row(column, study) for column in table.columns]


def _row(column: Column, study: Study) -> tuple[str, ...]:
    variable, target = column.variable, column.target
    instrument = item = origin = licence = ""
    if target.kind in ("answer", "about", "text"):
        instrument, item = target.name.split(".")
    elif target.kind == "score":
        instrument = study.protocol.measures[target.name].instrument
        item = f"scale {study.protocol.measures[target.name].scale}"
    if instrument:
        asked = study.instrument(instrument)
        doi = f" doi:{asked.citation.doi}" if asked.citation.doi else ""
        origin, licence = f"{asked.citation.text}{doi}", f"{asked.licence.terms}; {asked.licence.holder}"
    labels = {code: said for code, said in variable.value_labels.items() if code not in column.missing}
    return (
        column.name,
        variable.label,
        instrument,
        item,
        target.wave,
        variable.kind,
        variable.measure,
        variable.format,
        _listed(labels),
        _listed({code: reason.replace("_", " ") for code, reason in column.missing.items()}),
        str(int(column.stated.sum())),
        origin,
        licence,
    )


def _listed(labels: dict[float | str, str]) -> str:
    return "; ".join(f"{code_word(code)} {said}" for code, said in labels.items())


def codebook_csv(rows: Sequence[tuple[str, ...]], about: Sequence[str]) -> str:
    """Write the codebook as CSV; the terms stand in rows below it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([[_guarded(cell) for cell in row] for row in rows])
    writer.writerows([[f"# {paragraph}", *[""] * (len(HEADINGS) - 1)] for paragraph in about])
    return text.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "@")) else cell


def codebook_html(rows: Sequence[tuple[str, ...]], title: str, about: Sequence[str]) -> str:
    """Write the codebook as one self-contained page without scripts."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in HEADINGS)
    body = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    said = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in about)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>\n{said}\n<div><table><thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div></body></html>\n"
    )
