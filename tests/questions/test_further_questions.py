"""Questions beyond curves and hazards, on twelve people worked out by hand."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, record
from remission.cohort.question_plan import AlikeQuestion, DurationQuestion
from remission.errors import NotEstimable
from remission.estimate import cox
from remission.questions.alike import alike
from remission.questions.asked import Asked, questions_of
from remission.questions.baseline import baseline
from remission.questions.duration import duration
from remission.questions.endings import compare_endings
from remission.questions.flow import flow
from remission.questions.what_if import what_if
from remission.report import answer_section, names_of
from remission.report.section import Section
from remission.tables import time_to_event


@dataclass(frozen=True)
class Person:
    code: str
    group: str
    age: int
    sex: int
    seen: int
    used: bool
    died: int | None = None


# Everyone is told free up to the day before `seen`; `used` then on `seen`.
PEOPLE = (
    Person("a1", "smart", 30, 1, 100, True),
    Person("a2", "smart", 40, 1, 200, True),
    Person("a3", "smart", 50, 2, 400, False),
    Person("a4", "smart", 60, 2, 400, False),
    Person("a5", "smart", 40, 2, 400, False),
    Person("b1", "twelve_step", 50, 1, 50, True),
    Person("b2", "twelve_step", 60, 1, 150, True),
    Person("b3", "twelve_step", 70, 1, 250, True),
    Person("b4", "twelve_step", 60, 2, 400, False),
    Person("b5", "twelve_step", 60, 2, 300, False, died=300),
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = create_study(tmp_path_factory.mktemp("questions") / "study", "engagement")
    text = (made.path / "study.yaml").read_text().replace("  # competing: [death]", "  competing: [death]")
    (made.path / "study.yaml").write_text(text)
    codes = [one.code for one in PEOPLE]
    free = [(one.code, 0, one.seen - 1, "abstinent") for one in PEOPLE]
    used = [(one.code, one.seen, one.seen, "used") for one in PEOPLE if one.used]
    reports = pd.DataFrame([*free, *used], columns=["participant_id", "start_day", "end_day", "state"])
    known = [(one.code, name, value) for one in PEOPLE for name, value in (("age", one.age), ("sex", one.sex))]
    died = [(one.code, "death", one.died) for one in PEOPLE if one.died is not None]
    record(
        made,
        Entries(
            participants=pd.DataFrame({"participant_id": codes, "site": "x", "arm": None, "origin_date": "2020-01-01"}),
            characteristics=pd.DataFrame(known, columns=["participant_id", "name", "value"]).assign(
                missing_reason=None
            ),
            affiliations=pd.DataFrame(
                {
                    "participant_id": codes,
                    "group_name": [one.group for one in PEOPLE],
                    "start_day": 0,
                    "end_day": None,
                    "is_primary": True,
                }
            ),
            use_reports=reports.assign(substance="any", source="interview"),
            status_events=pd.DataFrame(died, columns=["participant_id", "kind", "day"]),
        ),
        BatchInfo("test"),
    )
    return open_study(made.path)


def shown(study: Study, key: str) -> Section:
    one = next(question for question in questions_of(study) if question.key == key)
    asked = Asked(one.key, one.name, one.heading, one.answer())
    return answer_section(asked, names_of(study.protocol), None, (180,))


def test_baseline_counts_means_and_differences(study: Study) -> None:
    found = baseline(study, "group")
    assert found.sizes == {"all": 10, "twelve_step": 5, "smart": 5}
    ages = found.rows[found.rows["variable"] == "age"].set_index("group")
    assert ages.loc["smart", "mean"] == 44
    assert ages.loc["twelve_step", "mean"] == 60
    # Ages 30 40 50 60 40: squared deviations 196 16 36 256 16; 50 60 70 60 60: 100 0 100 0 0.
    assert ages.loc["smart", "sd"] == pytest.approx(np.sqrt(520 / 4))
    apart = found.differences.set_index("variable")["difference"]
    assert apart["age"] == pytest.approx(16 / np.sqrt((130 + 50) / 2))
    # Shares of women 3/5 and 2/5.
    assert apart["sex"] == pytest.approx(0.2 / np.sqrt(0.24))
    section = shown(study, "baseline")
    assert "Groups lie apart by more than 0.1 in Age at day 0 (years) and Sex" in section.sentence
    lines = section.tables[0][1].set_index("")
    assert lines.loc["Sex: female", "12-step (n = 5)"] == "2 (40.0)"


def test_baseline_of_people_of_whom_nothing_is_known(tmp_path: Path) -> None:
    bare = create_study(tmp_path / "bare", "engagement")
    people = pd.DataFrame({"participant_id": ["x", "y"], "site": None, "arm": None, "origin_date": "2020-01-01"})
    record(bare, Entries(participants=people), BatchInfo("test"))
    with pytest.raises(NotEstimable, match="Besides 'group' nothing is known"):
        baseline(bare, "group")


def test_endings_are_counted_and_add_up(study: Study) -> None:
    found = compare_endings(study, "group")
    counts = found.counts.set_index(["group", "ending"])["participants"].to_dict()
    assert counts[("smart", "use")] == 2
    assert counts[("twelve_step", "use")] == 3
    assert counts[("twelve_step", "death")] == 1
    assert found.counts.groupby("group", observed=True)["share"].sum().tolist() == [1.0, 1.0]
    at = found.curve.at([399]).set_index(["stratum", "event"])["estimate"]
    # Nobody is censored before day 399: the probabilities are shares of five.
    assert at["twelve_step", "use"] == pytest.approx(3 / 5)
    assert at["twelve_step", "death"] == pytest.approx(1 / 5)
    assert at["smart", "use"] == pytest.approx(2 / 5)


def test_groups_are_held_against_the_margin(study: Study) -> None:
    asked = AlikeQuestion(by="group", reference="twelve_step", scale="risk_difference", margin=0.3, day=365)
    found = alike(study, asked)
    row = found.verdicts.table.iloc[0]
    # Free on day 365: three of five, against 2/5 * (1 of 1 after the death on day 300 leaves two at risk) = 2/5.
    assert row["estimate"] == pytest.approx(3 / 5 - 2 / 5)
    error = np.sqrt(0.6 * 0.4 / 5 + 0.4 * 0.6 / 5)
    assert row["conf_high"] - row["conf_low"] == pytest.approx(2 * 1.6448536269514722 * error)
    assert row["verdict"] == "inconclusive"


def test_with_nobody_lost_no_fate_changes_the_estimate(study: Study) -> None:
    found = what_if(study, "group")
    as_given = cox("Event(exit, event) ~ C(group)", time_to_event(study, ["group"])).tidy()["estimate"].iloc[0]
    panel = found.panel.table
    assert panel.loc[panel["scenario"] == "as given", "estimate"].iloc[0] == pytest.approx(as_given)


def test_everybody_stands_in_the_flow_once_at_each_wave(study: Study) -> None:
    found = flow(study)
    assert found.enrolled == 10
    counts = found.waves.drop(columns="wave").sum(axis=1)
    assert counts.tolist() == [10] * len(study.protocol.standing_waves)
    after = found.waves.set_index("wave").loc["month_24"]
    assert after.to_dict()["deceased"] == 1


def test_attendance_without_a_calendar_is_one_sentence(study: Study) -> None:
    with pytest.raises(NotEstimable, match="meeting"):
        duration(study, DurationQuestion(landmark=60))


def test_each_question_of_the_protocol_becomes_a_section(study: Study) -> None:
    keys = [one.key for one in questions_of(study)]
    assert keys[:5] == ["flow", "baseline", "endings", "what_if", "alike"]
    assert keys[5:] == ["abstinence", "abstinence", "cascade", "duration", "mechanisms", "missing"]
