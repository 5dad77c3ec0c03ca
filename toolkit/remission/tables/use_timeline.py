"""A study's timeline of use, from the sources that its protocol believes."""

import pandas as pd

from remission.cohort import Study, calendar_days, drug_tests, sobriety_dates, use_reports
from remission.cohort.memory import remembered
from remission.outcomes import (
    contradictions,
    from_calendar,
    from_counts,
    from_reports,
    from_sobriety_dates,
    from_tests,
    timeline,
)
from remission.tables.measures import measure_scores


@remembered
def use_timeline(study: Study) -> pd.DataFrame:
    """One row is a span of days about which one source says something on use.

    Parameters
    ----------
    study : Study
        ``outcome.sources`` of its study.yaml names the sources.

    Returns
    -------
    pandas.DataFrame
        As from ``remission.outcomes.timeline``.
    """
    chosen = study.protocol.outcome
    make = {
        "reports": lambda: from_reports(use_reports(study)),
        "calendar": lambda: from_calendar(calendar_days(study)),
        "tests": lambda: from_tests(drug_tests(study), chosen.test_window_days),
        "sobriety_dates": lambda: from_sobriety_dates(sobriety_dates(study)),
        "interviews": lambda: from_counts(_counts(study, chosen.days_used), chosen.substance, chosen.days_asked),
    }
    return timeline(make[source]() for source in chosen.sources)


def use_contradictions(study: Study) -> pd.DataFrame:
    """One row is a contradiction between sources on use; as from ``remission.outcomes.contradictions``."""
    dates = sobriety_dates(study) if "sobriety_dates" in study.protocol.outcome.sources else None
    return contradictions(use_timeline(study), dates)


def _counts(study: Study, measure: str) -> pd.DataFrame:
    scores = measure_scores(study, measure).rename(columns={"score": "days_used"})
    return scores[["participant_id", "wave", "day", "days_used"]]
