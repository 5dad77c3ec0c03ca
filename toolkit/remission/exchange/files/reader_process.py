"""Read one data file in a process of its own, so that a malformed file can end only that process.

Run as a script: ``python -P reader_process.py``; what to do comes as one JSON line on standard input. Standard
output carries, in this order: the length of the dictionary (8 bytes, little-endian), the dictionary as UTF-8 JSON
(``told``), and, where rows were asked for, an Arrow IPC stream of record batches. Why it could not goes to standard
error, as JSON with ``cause`` and ``cure`` where the sentence is known.

What ``told`` holds: the fields of `Dictionary` but ``path`` and ``sha256``, as JSON.
    ``source`` str, ``rows`` int or null, ``variables`` list of `Variable.as_dict` in the order of the file, each with
    ``name`` besides; ``label``, ``encoding``, ``encoding_note``, ``producer``, ``created``, ``compression``,
    ``weight`` str; ``response_sets`` list of ``{name, label, kind, variables, counted}``; ``documents`` list of str;
    ``attributes`` ``{name: [value, ...]}``; ``remarks`` list of str. A key left out means the default of the field.

What a batch holds: a column for each variable that was asked for, named by the variable's place in the file, ``c0``,
``c7``, ...: numbers and moments as float64 (null or NaN where nothing stands), texts as utf8 (null or empty where
nothing stands). A variable with extended missing values has a further utf8 column ``t7`` with ``.a``, ``._`` or
empty; its cell in ``c7`` is null or NaN. Columns and their types are the same in every batch; a ``t`` column may
be there in full even where it is empty throughout. A batch has 50,000 rows at most.

A reader is an object with ``told`` and ``batches(columns)``, where ``columns`` are names of variables or None for all.
"""

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

CANNOT_READ = 3
HERE = Path(__file__).resolve().parent
SPSS_AND_KIN = ("sav", "zsav", "dta", "sas7bdat", "xpt")


def main() -> int:
    """Read what the job on standard input names, and say why where that cannot be."""
    job = json.loads(sys.stdin.buffer.readline())
    _limit_memory(job["memory"])
    _packages_by_place()
    # The protocol keeps this descriptor for itself: whatever a library prints goes to standard error.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        _answer(job, out)
    except BrokenPipeError:
        return CANNOT_READ
    except MemoryError:
        return _say("memory", "")
    except ImportError as error:
        return _say("start", str(error))
    except Exception as error:
        cause = getattr(error, "cause", "")
        return _say(cause or "unforeseen", getattr(error, "cure", f"{type(error).__name__}: {error}"))
    return 0


def _answer(job: dict[str, Any], out: Any) -> None:
    reader = _reader(job)
    told = json.dumps({"source": job["kind"], **reader.told}, allow_nan=False).encode()
    out.write(len(told).to_bytes(8, "little") + told)
    out.flush()
    if job["rows"]:
        _stream(reader.batches(job["columns"]), out)
    out.close()


def _reader(job: dict[str, Any]) -> Any:
    path = Path(job["path"])
    if job["kind"] in SPSS_AND_KIN:
        sys.meta_path.insert(0, _WithoutPandas())
        from remission.exchange.files.statistics_file import StatisticsFile

        return StatisticsFile(path, job["kind"], job["name"], job["encoding"], job.get("texts_from"))
    from remission.exchange.files.csv_table import CsvTable

    return CsvTable(path, job["encoding"])


def _stream(batches: Any, out: Any) -> None:
    import pyarrow as pa

    writer = None
    for batch in batches:
        if writer is None:
            writer = pa.ipc.new_stream(out, batch.schema)
        writer.write_batch(batch)
        out.flush()
    if writer is None:
        writer = pa.ipc.new_stream(out, pa.schema([]))
    writer.close()


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _packages_by_place() -> None:
    """Let the project's modules be imported without the packages' own start, which loads the whole project."""
    for name, folder in (
        ("remission", HERE.parents[1]),
        ("remission.exchange", HERE.parent),
        ("remission.exchange.files", HERE),
    ):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


class _WithoutPandas:
    """Arrow loads pandas to see whether a list is a Series, at twice the cost of all else: here it finds none."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ImportError("not needed here")


def _say(cause: str, cure: str) -> int:
    print("\n" + json.dumps({"cause": cause, "cure": cure}), file=sys.stderr)
    return CANNOT_READ


if __name__ == "__main__":
    sys.exit(main())
