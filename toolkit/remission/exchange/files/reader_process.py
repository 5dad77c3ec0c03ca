"""Read one SPSS file in a process of its own, so that a malformed file can end only that process.

Run as a script: ``python -P reader_process.py FILE FOLDER``. Writes ``columns.npz`` and
``dictionary.json`` into the folder, or prints why it could not and exits with 3.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyreadstat

MEMORY_BYTES = 6 * 1024**3
CANNOT_READ = 3


def main(source: Path, folder: Path) -> int:
    """Read the file, keep user-missing codes, leave dates as numbers."""
    _limit_memory()
    try:
        frame, meta = pyreadstat.read_sav(
            str(source), user_missing=True, disable_datetime_conversion=True, output_format="pandas"
        )
        columns = {f"c{place}": _array(frame.iloc[:, place]) for place in range(frame.shape[1])}
        np.savez(folder / "columns.npz", allow_pickle=False, **columns)
        (folder / "dictionary.json").write_text(json.dumps(_dictionary(frame, meta)), encoding="utf-8")
    except (Exception, SystemError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return CANNOT_READ
    return 0


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _array(column: Any) -> np.ndarray:
    if column.dtype.kind in "fiub":
        return np.asarray(column.to_numpy(dtype=float))
    return np.asarray(column.fillna("").astype(str).to_numpy(dtype=np.str_))


def _dictionary(frame: Any, meta: Any) -> dict[str, Any]:
    return {
        "names": [str(name) for name in frame.columns],
        "labels": meta.column_names_to_labels,
        "value_labels": {name: list(found.items()) for name, found in meta.variable_value_labels.items()},
        "missing": {
            name: [[each["lo"], each["hi"]] for each in found] for name, found in (meta.missing_ranges or {}).items()
        },
        "measures": meta.variable_measure,
        "formats": meta.original_variable_types,
        "file_label": meta.file_label,
        "encoding": meta.file_encoding,
        "rows": len(frame),
        "rows_announced": meta.number_rows,
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
