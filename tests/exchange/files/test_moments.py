"""Dates, moments, times and durations, worked out by hand."""

import math
from pathlib import Path

import pandas as pd
import pytest

from remission.exchange.files import Clock, Variable, read_file, shown
from remission.exchange.files.moments import iso_date, moment_of

SPSS = Clock(1.0, -141_428)
STATA_DAY = Clock(86_400.0, -3_653)


@pytest.mark.parametrize(
    ("kind", "clock", "value", "expected"),
    [
        ("duration", Clock(1.0, 0), 176_523, "2 days 01:02:03"),
        ("duration", Clock(1.0, 0), 86_400 + 1.5, "1 day 00:00:01.5"),
        ("duration", Clock(1.0, 0), 59, "00:00:59"),
        ("duration", Clock(1.0, 0), -176_523, "-2 days 01:02:03"),
        ("time", Clock(1.0, 0), 100_000, "27:46:40"),
        ("time", Clock(1.0, 0), 86_400, "24:00:00"),
        ("time", Clock(1.0, 0), -60, "-00:01:00"),
        ("date", SPSS, 0, "1582-10-14"),
        ("date", SPSS, 12_219_379_200, "1970-01-01"),
        ("date", SPSS, 12_219_379_200 + 19_753 * 86_400, "2024-01-31"),
        ("date", SPSS, 12_219_379_200 + 3_600, "1970-01-01 01:00:00"),
        ("datetime", SPSS, 12_219_379_200 + 19_753 * 86_400 + 36_672, "2024-01-31 10:11:12"),
        ("datetime", SPSS, 265_621_680_000, "10000-01-01 00:00:00"),
        ("datetime", SPSS, 1e300, "1e+300"),
        ("date", STATA_DAY, 0, "1960-01-01"),
        ("date", STATA_DAY, 60, "1960-03-01"),
        ("datetime", Clock(0.001, -3_653), 1_500, "1960-01-01 00:00:01.5"),
        ("date", SPSS, math.nan, ""),
        ("number", None, 3.0, "3"),
        ("number", None, 2.5, "2.5"),
        ("number", None, math.inf, "inf"),
        ("text", None, "north", "north"),
        ("text", None, None, ""),
    ],
)
def test_raw_cells_are_shown_as_a_person_reads_them(
    kind: str, clock: Clock | None, value: float, expected: str
) -> None:
    assert shown(Variable(kind=kind, clock=clock), value) == expected  # type: ignore[arg-type]


def test_every_day_of_four_centuries_is_named_as_python_names_it() -> None:
    days = pd.date_range("1800-01-01", "2200-12-31", freq="D")
    first = (days[0] - pd.Timestamp(0)).days
    assert [iso_date(first + place) for place in range(len(days))] == list(days.strftime("%Y-%m-%d"))


@pytest.mark.parametrize(
    ("source", "written", "kind", "epoch"),
    [
        *[("sav", form, "date", -141_428) for form in ("DATE11", "ADATE10", "EDATE8", "JDATE7", "SDATE10")],
        *[("sav", form, "date", -141_428) for form in ("QYR8", "MOYR8", "WKYR10")],
        *[("sav", form, "datetime", -141_428) for form in ("DATETIME20.2", "YMDHMS16")],
        *[("sav", form, "time", 0) for form in ("TIME8", "MTIME5")],
        ("sav", "DTIME12", "duration", 0),
        *[("sav", form, "number", None) for form in ("WKDAY9", "MONTH9", "F8.2", "DOLLAR8", "")],
        *[("dta", form, "date", -3_653) for form in ("%td", "%d", "%tdCCYY-NN-DD", "%-td")],
        *[("dta", form, "datetime", -3_653) for form in ("%tc", "%tC")],
        *[("dta", form, "number", None) for form in ("%tw", "%tm", "%tq", "%ty", "%9.0g", "%10s", "%8.0gc")],
        *[("sas7bdat", form, "date", -3_653) for form in ("DATE9", "MMDDYY10", "YYMMDD10", "E8601DA", "WEEKDATE29")],
        *[("sas7bdat", form, "datetime", -3_653) for form in ("DATETIME", "DATETIME18", "E8601DT19", "E8601DT")],
        *[("xpt", form, "time", 0) for form in ("TIME8", "TIME20.3", "HHMM5", "E8601TM")],
        *[("sas7bdat", form, "number", None) for form in ("BEST12", "12", "", "GENDER", "TIMELINE")],
    ],
)
def test_formats_tell_kinds_and_clocks(source: str, written: str, kind: str, epoch: int | None) -> None:
    found, clock, _ = moment_of(source, written)
    assert found == kind
    assert (clock and clock["epoch_day"]) == epoch


def test_coarse_stata_dates_and_leap_seconds_are_remarked() -> None:
    assert "counts quarters (%tq)" in moment_of("dta", "%tq")[2]
    assert "leap seconds" in moment_of("dta", "%tC")[2]
    assert moment_of("dta", "%tc")[2] == ""


def test_files_of_others_show_what_their_makers_typed(made_files: Path, files_of_others: Path) -> None:
    file = read_file(made_files / "rich.sav")
    first = {name: shown(variable, file.frame[name].iloc[0]) for name, variable in file.variables.items()}
    assert first["dob"] == "1970-01-31"
    assert first["visit_dt"] == "2024-01-31 10:11:12"
    assert first["t_clock"] == "12:34:56"
    assert first["dt_dur"] == "2 days 01:02:03"
    assert {first[name] for name in ("jd", "sd", "ed")} == {"2024-01-31"}
    far = read_file(files_of_others / "haven__datetime.sav")
    assert shown(far.variables["date.posix"], far.frame["date.posix"].iloc[0]).startswith("201416-09-22")
    times = read_file(made_files / "tm.sav")
    assert [shown(times.variables["a"], cell) for cell in times.frame["a"]][:3] == ["27:46:40", "24:00:00", "-00:01:00"]
