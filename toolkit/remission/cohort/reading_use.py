"""What was told and tested about use, as plain frames."""

import numpy as np
import pandas as pd

from remission.cohort.reading import of_participant, sorted_by
from remission.cohort.study import Study


def use_reports(study: Study) -> pd.DataFrame:
    """Read reports of use and abstinence.

    Returns
    -------
    pandas.DataFrame
        One row is a span of days, both ends included: ``participant_id substance start_day end_day
        state source``, state ``abstinent`` or ``used``; days are whole numbers.
    """
    columns = ("substance", "start_day", "end_day", "state", "source")
    return _read(study, "use_report", columns, ("start_day", "end_day"))


def calendar_days(study: Study) -> pd.DataFrame:
    """Read use calendars.

    Returns
    -------
    pandas.DataFrame
        One row is a day with an entry: ``participant_id day substance source quantity``; 0 is a day without use.
    """
    found = _read(study, "calendar_day", ("day", "substance", "source", "quantity"), ("day",))
    return found.astype({"quantity": float})


def drug_tests(study: Study) -> pd.DataFrame:
    """Read drug tests.

    Returns
    -------
    pandas.DataFrame
        One row is a test that was due: ``participant_id day substance specimen result``, result ``positive``,
        ``negative``, ``missed`` or ``invalid``.
    """
    return _read(study, "drug_test", ("day", "substance", "specimen", "result"), ("day",))


def sobriety_dates(study: Study) -> pd.DataFrame:
    """Read since when participants said to be free of use.

    Returns
    -------
    pandas.DataFrame
        One row is what was told on a day: ``participant_id reported_day substance since_day``.
    """
    return _read(study, "sobriety_date", ("reported_day", "substance", "since_day"), ("reported_day", "since_day"))


def _read(study: Study, table: str, columns: tuple[str, ...], days: tuple[str, ...]) -> pd.DataFrame:
    found = of_participant(study, table, columns).astype(dict.fromkeys(days, np.int64))
    return sorted_by(found, ["participant_id", *columns])
