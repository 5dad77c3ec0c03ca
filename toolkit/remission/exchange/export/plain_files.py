"""CSV, REDCap's records and Parquet: cells as texts or numbers, labels where the format has a place for them."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from remission.cohort import Study
from remission.exchange.export.coding import code_word
from remission.exchange.export.column import Column, ExportTable
from remission.exchange.export.request import ExportRefused
from remission.exchange.forms.form import number_text
from remission.exchange.forms.redcap_events import unique_event_name

FORMULA = ("=", "+", "-", "@")
DAY_0 = date(1970, 1, 1).toordinal()


def cell_texts(column: Column) -> list[str]:
    """Write cells as texts: numbers as short as they are exact, dates as ISO, texts guarded from spreadsheets.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; a participant code never does.
    """
    if column.is_text:
        return [_guarded(text, column) for text in column.cells]
    if column.variable.kind in ("date", "datetime"):
        return ["" if pd.isna(day) else _iso(day) for day in column.cells]
    return ["" if pd.isna(value) else number_text(float(value)) for value in column.cells]


def _guarded(text: str, column: Column) -> str:
    return f"'{text}" if column.target.kind != "id" and text.startswith((*FORMULA, "'")) else text


def _iso(day: float) -> str:
    return date.fromordinal(int(day) + DAY_0).isoformat()


def write_csv(table: ExportTable, path: Path) -> None:
    """Write UTF-8 without a byte-order mark, as RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows(zip(*(cell_texts(column) for column in table.columns), strict=True))
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def read_texts(path: Path) -> dict[str, list[str]]:
    """Read a CSV file back as texts, column by column."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    if any(len(row) != len(rows[0]) for row in rows):
        return {}
    return {name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])}


def for_redcap(table: ExportTable, study: Study) -> ExportTable:
    """Keep what REDCap's records hold, under the names of the dictionary that ``instrument export`` writes.

    Raises
    ------
    ExportRefused
        No instrument has answers.
    """
    remarks = list(table.remarks)
    answers = table.of("answer")
    if not answers:
        raise ExportRefused("There are no answers for REDCap's records.", "Name other instruments or waves.")
    asked = _asked_forms(study) or list(dict.fromkeys(column.target.name.split(".")[0] for column in answers))
    fields = [column.renamed(_field(column, len(asked) > 1)) for column in answers]
    left = [column.name for column in table.columns if column.target.kind not in ("id", "wave", "answer")]
    if left:
        remarks.append(f"REDCap's dictionary of the instruments has no field for {', '.join(left)}; they stay out.")
    others = sorted({column.target.name.split(".")[0] for column in answers} - set(asked))
    if others:
        remarks.append(
            f"study.yaml does not ask {', '.join(others)}, so the project's dictionary has no form for them; export "
            "each with `remission instrument export`."
        )
    codes = {wave: unique_event_name(wave) for wave in table.waves}
    wave = table.of("wave")[0]
    word = {value: codes[name] for name, value in table.wave_codes.items()}
    events = pd.Series([word[value] for value in wave.cells], dtype=object)
    event = replace(
        wave,
        name="redcap_event_name",
        cells=events,
        variable=replace(wave.variable, kind="text", value_labels={}, missing_ranges=()),
    )
    record = table.of("id")[0]
    if not record.is_text:
        words = pd.Series([code_word(value) for value in record.cells], dtype=object)
        record = replace(record, cells=words, variable=replace(record.variable, kind="text"))
    columns = (record.renamed("record_id"), event, *fields)
    return replace(table, columns=columns, wave_codes=dict(codes.items()), remarks=tuple(remarks))


def _asked_forms(study: Study) -> list[str]:
    plan = study.protocol.asking
    if plan is None:
        return []
    asked = [form.instrument for wave in study.protocol.waves for form in study.protocol.asked_at(wave.name)]
    return list(dict.fromkeys(asked))


def _field(column: Column, several: bool) -> str:
    instrument, item = column.target.name.split(".")
    return f"{instrument}_{item}" if several else item


def write_parquet(table: ExportTable, path: Path, about: dict[str, str]) -> None:
    """Write with what each variable is in the metadata of its field: label, value labels and reasons as JSON."""
    fields, arrays = [], []
    for column in table.columns:
        array = _array(column)
        arrays.append(array)
        fields.append(pa.field(column.name, array.type, metadata=_told(column)))
    schema = pa.schema(fields)
    made = pa.Table.from_arrays(arrays, schema=schema)
    pandas = pa.Schema.from_pandas(made.to_pandas(), preserve_index=False).metadata or {}
    kept = {**pandas, **{key.encode(): value.encode() for key, value in about.items()}}
    pq.write_table(made.replace_schema_metadata(kept), path)


def _array(column: Column) -> pa.Array:
    if column.is_text:
        return pa.array([None if text == "" else text for text in column.cells], type=pa.string())
    if column.variable.kind in ("date", "datetime"):
        return pa.array([None if pd.isna(day) else int(day) for day in column.cells], type=pa.int32()).cast(pa.date32())
    return pa.array([None if pd.isna(value) else float(value) for value in column.cells], type=pa.float64())


def _told(column: Column) -> dict[str, str]:
    said: dict[str, Any] = {
        "label": column.variable.label,
        "value_labels": _json(column.variable.value_labels),
        "missing": _json(column.missing),
        "remission_target": column.target.text,
        "remission_wave": column.target.wave,
    }
    return {name: text for name, text in said.items() if text}


def _json(found: dict[float | str, str]) -> str:
    return json.dumps({code_word(code): said for code, said in found.items()}, ensure_ascii=False) if found else ""
