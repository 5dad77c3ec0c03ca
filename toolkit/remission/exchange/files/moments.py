"""Dates, moments, times and durations: told by their formats, shown without overflow."""

import math
import re
from typing import TYPE_CHECKING, Any

from remission.exchange.files.codes import shown_number

if TYPE_CHECKING:
    from remission.exchange.files.data_file import Kind, Variable

DAY = 86_400
SPSS_EPOCH = -141_428  # 1582-10-14
STATA_AND_SAS_EPOCH = -3_653  # 1960-01-01
FARTHEST_DAY = 10**9
SPSS_KINDS: dict[str, "Kind"] = {
    **dict.fromkeys(("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR"), "date"),
    **dict.fromkeys(("DATETIME", "YMDHMS"), "datetime"),
    **dict.fromkeys(("TIME", "MTIME"), "time"),
    "DTIME": "duration",
}
SAS_DATE = re.compile(
    r"(DATE|DAY|DDMMYY[BCDNPS]?|MMDDYY[BCDNPS]?|YYMMDD[BCDNPS]?|MMYY[CDNPS]?|YYMM[CDNPS]?|YYQR?[CDNPS]?|YYMON|YYWEEK[UVW]?"
    r"|MONYY|MONTH|MONNAME|YEAR|QTRR?|WEEKDATX?|WEEKDATE|WEEKDAY|WEEK[UVW]|DOWNAME|WORDDATX?|WORDDATE|JULIAN|JULDAY|NENGO"
    r"|MINGUO|(E8601|B8601|IS8601|N8601|\$?ND8601)DA|EURDF(DE|DD|DN|MY|WDX|WKX|DWN|MN)|NLDATE[A-Z]*)$"
)
SAS_DATETIME = re.compile(
    r"(DATETIME|DATEAMPM|MDYAMPM|DT[A-Z]+|(E8601|B8601|IS8601)(DT|DN|DX|DZ|LX)|EURDFDT|NLDATM[A-Z]*)$"
)
SAS_TIME = re.compile(r"(TIME|TIMEAMPM|TOD|HHMM|HOUR|MMSS|(E8601|B8601|IS8601)(TM|TX|TZ|LZ)|NLTIM[A-Z]*)$")
STATA_COARSE = {"w": "weeks", "m": "months", "q": "quarters", "h": "half-years", "y": "years", "b": "business days"}


def moment_of(source: str, written: str) -> tuple["Kind", dict[str, float] | None, str]:
    """Tell what a numeric variable counts from its format.

    Parameters
    ----------
    source : str
        Kind of file, as in `Dictionary.source`.
    written : str
        The format as the file writes it.

    Returns
    -------
    tuple
        The kind; the clock as ``{"seconds": ..., "epoch_day": ...}`` or None; what a person should know, or empty.
    """
    if source == "dta":
        return _of_stata(written)
    name = re.match(r"[^\d.]*(?:8601[A-Z]+)?", written.upper())
    stem = name.group(0) if name else ""
    if source in ("sas7bdat", "xpt"):
        return _of_sas(stem)
    kind = SPSS_KINDS.get(stem, "number")
    return kind, _clock(kind, 1.0, SPSS_EPOCH), ""


def _of_sas(stem: str) -> tuple["Kind", dict[str, float] | None, str]:
    if SAS_DATETIME.match(stem):
        return "datetime", _clock("datetime", 1.0, STATA_AND_SAS_EPOCH), ""
    if SAS_DATE.match(stem):
        return "date", _clock("date", float(DAY), STATA_AND_SAS_EPOCH), ""
    if SAS_TIME.match(stem):
        return "time", _clock("time", 1.0, 0), ""
    return "number", None, ""


def _of_stata(written: str) -> tuple["Kind", dict[str, float] | None, str]:
    matched = re.match(r"%-?(t?)([dcCwmqhyb])", written)
    if not matched or (not matched.group(1) and matched.group(2) != "d"):
        return "number", None, ""
    unit = matched.group(2)
    if unit == "d":
        return "date", _clock("date", float(DAY), STATA_AND_SAS_EPOCH), ""
    if unit in "cC":
        leap = "counts leap seconds, so its times are some seconds late" if unit == "C" else ""
        return "datetime", _clock("datetime", 0.001, STATA_AND_SAS_EPOCH), leap
    return "number", None, f"counts {STATA_COARSE[unit]} ({written}) and is left as a number"


def _clock(kind: str, seconds: float, epoch_day: int) -> dict[str, float] | None:
    if kind == "number":
        return None
    return {"seconds": seconds, "epoch_day": epoch_day if kind in ("date", "datetime") else 0}


def shown(variable: "Variable", value: Any) -> str:
    """Write a raw cell as a person reads it.

    Dates as ``2024-01-31`` (with a time of day where the cell has one), moments as ``2024-01-31 10:11:12``, times as
    ``27:46:40``, durations as ``2 days 01:02:03``, numbers as ``3`` or ``2.5``; empty where nothing stands. Days more
    than a thousand million from today stay raw numbers.
    """
    if value is None or isinstance(value, str):
        return value or ""
    number = float(value)
    if variable.kind in ("number", "text") or not math.isfinite(number):
        return shown_number(number)
    clock = variable.clock
    # In thousandths, as integers: float seconds of the year 2024 carry no more.
    thousandths = number * (clock.seconds if clock else 1.0) * 1000
    if abs(thousandths) > FARTHEST_DAY * DAY * 1000:
        return shown_number(number)
    day, rest = divmod(round(thousandths), DAY * 1000)
    if variable.kind == "time":
        return _signed(round(thousandths), days=False)
    if variable.kind == "duration":
        return _signed(round(thousandths), days=True)
    date = iso_date(day + (clock.epoch_day if clock else 0))
    return date if variable.kind == "date" and not rest else f"{date} {_clock_text(rest)}"


def iso_date(day: int) -> str:
    """Write days since 1970-01-01 as a date of the Gregorian calendar, in any year."""
    # Eras of 400 years from 0000-03-01, so that a leap day ends its year.
    era, day_of_era = divmod(day + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = era * 400 + year_of_era + (month <= 2)
    return f"{'-' if year < 0 else ''}{abs(year):04d}-{month:02d}-{day_of_year - (153 * shifted + 2) // 5 + 1:02d}"


def _clock_text(thousandths: int) -> str:
    seconds, part = divmod(thousandths, 1000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{part:03d}".rstrip("0") if part else text


def _signed(thousandths: int, days: bool) -> str:
    sign = "-" if thousandths < 0 else ""
    whole, rest = divmod(abs(thousandths), DAY * 1000)
    if not days or not whole:
        return sign + _clock_text(abs(thousandths))
    return f"{sign}{whole} day{'s' if whole != 1 else ''} {_clock_text(rest)}"
