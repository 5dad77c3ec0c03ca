"""Outcomes from all sources of a study, endings, competing causes, and exposures that vary over time."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, record
from remission.errors import DefinitionError
from remission.estimate import aalen_johansen, cox
from remission.questions import multiverse
from remission.tables import (
    definition_of,
    outcome_table,
    risk_interval,
    time_to_cause,
    time_to_event,
    use_contradictions,
    use_timeline,
)

PEOPLE = ("ann", "ben", "cat", "dan", "eve")
# Drinks a day from day 0 on.
DRINKS = {
    "ann": [0] * 20 + [2, 0, 6, 0, 6] + [0] * 5,
    "ben": [0] * 30,
    "cat": [0] * 10 + [5] * 7 + [0] * 5,
    "dan": [0] * 14,
    "eve": [0] * 30,
}


def calendar() -> pd.DataFrame:
    rows = [(who, day, "alcohol", "tlfb", drinks) for who, told in DRINKS.items() for day, drinks in enumerate(told)]
    return pd.DataFrame(rows, columns=["participant_id", "day", "substance", "source", "quantity"])


def with_outcome(study: Study, **settings: Any) -> Study:
    """The same study with other words under outcome, and what stands beside it."""
    path = study.path / "study.yaml"
    said = yaml.safe_load(path.read_text())
    said["exposures"] = settings.pop("exposures", {})
    said["outcome"] = {"definition": "first_use", "substance": "alcohol", **settings}
    path.write_text(yaml.safe_dump(said))
    return open_study(study.path)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = create_study(tmp_path / "study", "engagement")
    status = pd.DataFrame(
        [("ben", "death", 60), ("dan", "death", 500), ("eve", "incarceration", 40)],
        columns=["participant_id", "kind", "day"],
    )
    met = [("ann", day) for day in (1, 8, 15, 21)] + [("cat", 2), ("ben", 20)]
    meetings = pd.DataFrame(met, columns=["participant_id", "day"]).assign(
        kind="meeting", group_name="smart", format="in_person", count=1
    )
    spells = pd.DataFrame(
        [("ann", "smart", 0, 11, True), ("ann", "twelve_step", 12, None, True), ("ben", "none", 0, None, True)],
        columns=["participant_id", "group_name", "start_day", "end_day", "is_primary"],
    )
    people = pd.DataFrame({"participant_id": PEOPLE, "site": None, "arm": None, "origin_date": "2020-01-01"})
    sexes = pd.DataFrame({"participant_id": PEOPLE, "name": "sex", "value": [2, 1, 1, 1, 2], "missing_reason": None})
    record(
        made,
        Entries(
            participants=people,
            characteristics=sexes,
            calendar_days=calendar(),
            status_events=status,
            mutual_help_events=meetings,
            affiliations=spells,
        ),
        BatchInfo("test"),
    )
    return with_outcome(made, heavy={"at_least": 5})


def rows(table: pd.DataFrame) -> dict[str, tuple[float, int, str]]:
    return {row.participant_id: (row.exit, row.event, row.ending) for row in table.itertuples()}


def test_each_definition_by_hand(study: Study) -> None:
    first = rows(outcome_table(study))
    assert first["ann"] == (20, 1, "use")
    assert first["cat"] == (10, 1, "use")
    assert first["ben"][:2] == (29, 0)
    heavy = rows(outcome_table(study, definition_of(study, "first_heavy_day")))
    assert heavy["ann"] == (22, 1, "use")
    two = rows(outcome_table(study, definition_of(study, "two_heavy_days_in_a_week")))
    assert (two["ann"][:2], two["cat"][:2]) == ((22, 1), (10, 1))
    seven = rows(outcome_table(study, definition_of(study, "seven_days_in_a_row")))
    assert (seven["ann"][:2], seven["cat"][:2]) == ((29, 0), (10, 1))


def test_the_line_of_heavy_days_may_differ_by_a_characteristic(study: Study) -> None:
    # Ann is a woman: 2 drinks are heavy for women here and for nobody else.
    lines = with_outcome(study, heavy={"by": "sex", "at_least": {"female": 2, "male": 5}})
    heavy = rows(outcome_table(lines, definition_of(lines, "first_heavy_day")))
    assert (heavy["ann"][0], heavy["cat"][0]) == (20, 10)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"heavy": {"by": "sex", "at_least": {"woman": 4}}}, "sex has no category 'woman'; it has male, female"),
        ({"heavy": {"by": "sex", "at_least": 5}}, "one number, or one for each category"),
        ({"heavy": {"by": "height", "at_least": {"tall": 5}}}, "no characteristic height"),
        ({"sources": ["reports", "interviews"]}, "interviews need days_used"),
        ({"days_used": "nothing"}, "no measure nothing"),
        ({"exposures": {"x": {"measure": "meetings", "calendar": "meetings"}}}, "one of measure, calendar and groups"),
        (
            {"exposures": {"x": {"calendar": "meetings", "form": "mean"}}},
            "forms last_days, cumulative, recency, weekly",
        ),
        ({"exposures": {"x": {"measure": "nothing"}}}, "no measure nothing"),
        ({"exposures": {"meetings": {"groups": True, "form": "number"}}}, "the name is taken"),
        ({"exposures": {"x": {"groups": True, "form": "number", "lag_waves": 1}}}, "use lag_days"),
    ],
)
def test_a_protocol_that_does_not_fit_is_refused(study: Study, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        with_outcome(study, **settings)


def test_heavy_days_without_a_line_are_refused(study: Study) -> None:
    bare = with_outcome(study)
    with pytest.raises(DefinitionError, match="does not say which days are heavy"):
        outcome_table(bare, definition_of(bare, "first_heavy_day"))


def test_a_definition_of_the_studys_own(study: Study) -> None:
    mine = with_outcome(
        study, definition="three_of_five", own={"three_of_five": {"title": "three of five", "times": 3, "within": 5}}
    )
    table = outcome_table(mine)
    # Ann drank on days 20, 22 and 24: three of five days.
    assert rows(table)["ann"] == (20, 1, "use")
    assert table.attrs["definition"] == "three of five"
    assert "first of 3 days of use within 5" in table.attrs["definition_sentence"]


def test_a_published_endpoint_reads_the_calendar_by_weeks(study: Study) -> None:
    weekly = with_outcome(study, definition="ctn0094_relapse", weeks=12)
    table = outcome_table(weekly)
    assert table["exit"].mod(7).eq(0).all()
    # Nobody reported after five weeks; silence counts as use in this rule, and weeks lie in (7(k - 1), 7k]. But nobody
    # misses a visit once incarcerated or dead: Eve was on day 40, Ben on day 60, after five weeks that were told free.
    relapsed = table[~table["participant_id"].isin(["ben", "eve"])]
    assert relapsed["event"].eq(1).all()
    assert (relapsed["right"] - relapsed["left"]).eq(7).all()
    # Four weeks in a row must be seen, so of five weeks the first two are known to hold no start of them.
    assert rows(table)["eve"] == (14, 0, "incarceration")
    assert rows(table)["ben"] == (35, 0, "death")


def test_dropout_is_no_use_and_silence_is_no_abstinence(study: Study) -> None:
    left = rows(outcome_table(with_outcome(study, definition="ctn0094_dropout", weeks=12)))
    assert left["dan"][1:] == (1, "dropout")
    # Told free for two weeks and never again: followed for those, not for the twelve weeks that were planned.
    free = rows(outcome_table(with_outcome(study, definition="shufman_1994_first_use", weeks=12)))
    assert free["dan"][:2] == (14, 0)


def test_endings_are_kept_apart(study: Study) -> None:
    found = rows(outcome_table(study))
    assert [found[who][2] for who in PEOPLE] == ["use", "death", "use", "death", "incarceration"]


def test_a_death_counts_on_its_day_only_where_no_interview_was_missed(study: Study) -> None:
    table = time_to_cause(study).set_index("participant_id")
    # Ben died on day 60, before the window of month 3 closed on day 136; Dan on day 500, long after it.
    assert table["cause"].to_dict() == {"ann": "use", "ben": "death", "cat": "use", "dan": "", "eve": ""}
    assert table["exit"].to_dict() == {"ann": 20, "ben": 60, "cat": 10, "dan": 13, "eve": 29}
    assert set(aalen_johansen(time_to_cause(study)).tidy()["event"]) == {"death", "use"}


def test_tests_and_sobriety_dates_are_believed_as_study_yaml_says(study: Study) -> None:
    tests = pd.DataFrame(
        [("ben", 10, "alcohol", "urine", "positive")],
        columns=["participant_id", "day", "substance", "specimen", "result"],
    )
    dates = pd.DataFrame(
        [("eve", 25, "alcohol", 20)], columns=["participant_id", "reported_day", "substance", "since_day"]
    )
    record(study, Entries(drug_tests=tests, sobriety_dates=dates), BatchInfo("test"))
    found = outcome_table(study).set_index("participant_id")
    # The test looks back on days 8 to 10, all told free: use counts, and the contradiction is listed.
    assert found.loc["ben", ["exit", "event", "left", "right"]].tolist() == [10, 1, 7, 10]
    # Sober since day 20: the last use was on day 19.
    assert found.loc["eve", ["exit", "event"]].tolist() == [19, 1]
    assert set(use_contradictions(study)["kind"]) == {"too few days left", "used and free"}
    calendar_only = with_outcome(study, sources=["calendar"])
    assert rows(outcome_table(calendar_only))["ben"][:2] == (29, 0)
    assert set(use_timeline(calendar_only)["source"]) == {"calendar: tlfb"}


# Exposures


def test_exposures_of_study_yaml_vary_over_time(study: Study) -> None:
    varied = with_outcome(
        study,
        exposures={
            "met_week": {"calendar": "meetings", "form": "last_days", "days": 7},
            "later": {"calendar": "meetings", "form": "last_days", "days": 7, "lag_days": 7},
            "main": {"groups": True, "form": "primary"},
        },
    )
    table = risk_interval(varied, exposures=["met_week", "later", "main"])
    ann = table[table["participant_id"] == "ann"].astype({"main": object})
    # Read on days 0, 7 and 14: meetings on 1, 8, 15. The main group changes on day 12. Ann drank on day 20.
    assert ann[["entry", "exit", "met_week", "main"]].to_numpy().tolist() == [
        [0, 7, 0, "smart"],
        [7, 12, 1, "smart"],
        [12, 14, 1, "twelve_step"],
        [14, 20, 1, "twelve_step"],
    ]
    assert ann["later"].fillna(-1).tolist() == [-1, 0, 0, 1]
    # Dan and Eve have no calendar: unknown, not zero.
    assert table.loc[table["participant_id"] == "dan", "met_week"].isna().all()


def test_what_was_known_on_the_day_of_the_event_does_not_explain_it(study: Study) -> None:
    weekly = {"met": {"calendar": "meetings", "form": "last_days", "days": 1, "every": 1}}
    extra = pd.DataFrame(
        [("cat", 10, "meeting", "smart", "in_person", 1)],
        columns=["participant_id", "day", "kind", "group_name", "format", "count"],
    )
    record(study, Entries(mutual_help_events=extra), BatchInfo("test"))
    varied = with_outcome(study, exposures=weekly)
    table = risk_interval(varied, exposures=["met"])
    event = table[(table["participant_id"] == "cat") & (table["event"] == 1)].iloc[0]
    assert (event["exit"], event["met"]) == (10, 0)
    lifted = risk_interval(varied, exposures=["met"], same_day="meetings are in the morning")
    event = lifted[(lifted["participant_id"] == "cat") & (lifted["event"] == 1)].iloc[0]
    assert (event["exit"], event["met"]) == (10, 1)
    assert lifted.attrs["definition_sentence"].endswith("the same day: meetings are in the morning.")


def test_a_group_may_vary_over_time(study: Study) -> None:
    table = risk_interval(study, exposures=["group"])
    assert table.loc[table["participant_id"] == "ann", "group"].tolist() == ["smart", "twelve_step"]
    assert table.loc[table["participant_id"] == "dan", "group"].tolist() == ["unknown"]


# The multiverse


def test_the_multiverse_has_each_definition_with_its_events(study: Study) -> None:
    also = with_outcome(study, heavy={"at_least": 5}, also=["first_heavy_day", "seven_days_in_a_row"])
    told: list[tuple[int, int]] = []
    found = multiverse(also, "C(sex)", day=25, progress=lambda done, total: told.append((done, total)))
    heads = found.drop_duplicates("definition").set_index("definition")
    assert heads["events"].to_dict() == {"first_use": 2, "first_heavy_day": 2, "seven_days_in_a_row": 1}
    assert told[-1] == (3, 3)
    fit = cox("Event(exit, event) ~ C(sex)", time_to_event(also, ["sex"])).tidy()
    assert found.loc[found["definition"] == "first_use", "hazard_ratio"].tolist() == pytest.approx(
        np.exp(fit["estimate"])
    )


def test_a_definition_without_an_estimate_says_why(study: Study) -> None:
    found = multiverse(study, "C(sex)", names=["seven_days_in_a_row", "first_use_at_waves"])
    said = found.set_index("definition")["problem"]
    assert pd.notna(said["first_use_at_waves"])
