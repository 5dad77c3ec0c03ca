"""Every derived outcome of CTN-0094 (project 27) rebuilt from its use patterns, and the weekly words from days."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.outcomes import (
    NOT_REBUILT,
    endpoint_values,
    published_endpoint,
    published_endpoints,
    weekly_words,
)

# Stored with 15 digits; the largest value is 120.
ROUNDING = 1e-12
# Substances whose use counts as use of a non-study opioid in the weekly words.
OPIOIDS = ("Heroin", "Opioid", "Methadone", "Buprenorphine")
# The stored words were made from calendars that end on this day after enrolment.
LAST_DAY = 168
COLUMNS = {column: name for name in published_endpoints() for column in published_endpoint(name).columns}


@pytest.fixture(scope="module")
def stored(reference: Path) -> pd.DataFrame:
    table = pd.read_csv(reference / "data" / "ctn0094_outcomes_ctnote_project27.csv.gz", dtype={"usePatternUDS": str})
    return table.set_index("who")


def test_the_library_covers_every_stored_column_once(stored: pd.DataFrame) -> None:
    named = [column for name in published_endpoints() for column in published_endpoint(name).columns]
    assert len(named) == len(set(named))
    assert set(named) | set(NOT_REBUILT) == set(stored.columns) - {"usePatternUDS"}
    assert len(named) + len(NOT_REBUILT) == 62


@pytest.mark.parametrize("name", published_endpoints())
def test_an_endpoint_equals_its_stored_columns_in_every_row(stored: pd.DataFrame, name: str) -> None:
    endpoint = published_endpoint(name)
    found = endpoint_values(name, stored["usePatternUDS"])
    assert found["participant_id"].tolist() == stored.index.tolist()
    parts = ("exit", "event") if endpoint.is_time else ("value",)
    for column, part in zip(endpoint.columns, parts, strict=True):
        theirs = stored[column]
        assert len(theirs.unique()) > 1
        if theirs.dtype == bool:
            assert found[part].dtype == bool
        wrong = np.abs(found[part].to_numpy(dtype=float) - theirs.to_numpy(dtype=float)) > ROUNDING * 120
        assert int(wrong.sum()) == 0, column


def test_the_doi_of_an_endpoint_is_the_one_stored_with_its_column(reference: Path) -> None:
    table = pd.read_csv(reference / "data" / "ctn_endpoint_definitions.csv")
    checked = 0
    for columns, doi in zip(table["column"], table["doi"], strict=True):
        for column in (part.strip() for part in columns.split(",")):
            if isinstance(doi, str):
                assert doi.removeprefix("https://doi.org/") in published_endpoint(COLUMNS[column]).reference
                checked += 1
    # 62 columns less six without a DOI in the list, and one that two trials share.
    assert checked == 57


def test_weekly_words_from_daily_calendars_equal_the_stored_words(reference: Path) -> None:
    folder = reference / "data"
    used = pd.read_csv(folder / "ctn0094_tlfb_project27.csv.gz")
    randomised = pd.read_csv(folder / "ctn0094_randomization_project27.csv.gz")
    origin = randomised[randomised["which"] == 1].set_index("who")["when"]
    words = pd.read_csv(folder / "ctn0094_weekly_tlfb_pattern_project27.csv.gz", keep_default_na=False)
    words = words.set_index("who")["Phase_1"].loc[origin.index]
    used = used[used["what"].isin(OPIOIDS) & used["who"].isin(origin.index) & used["when"].notna()]
    used_days = pd.MultiIndex.from_frame(used[["who", "when"]].astype(int).drop_duplicates())
    # Days that the file does not list were reported without use: its words know no missed week after day 0.
    days = np.arange(LAST_DAY + 1)
    calendar = pd.MultiIndex.from_product([origin.index, days], names=["who", "when"])
    table = pd.DataFrame({"amount": calendar.isin(used_days).astype(float)}, index=calendar).reset_index()
    table["day"] = table["when"] - table["who"].map(origin)
    ours = weekly_words(table.rename(columns={"who": "participant_id"}), origin.index, 24)
    compared = different = 0
    for mine, theirs in zip(ours, words, strict=True):
        # '_' stands behind the end of the stored calendar, where there is nothing to compare.
        pairs = [(a, b) for a, b in zip(mine, theirs, strict=False) if b != "_"]
        compared += len(pairs)
        different += sum(a != b for a, b in pairs)
    assert compared == 29778
    assert different == 0
