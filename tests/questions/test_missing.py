"""The question about missing answers, on a study whose gaps are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, record
from remission.cohort.question_plan import MissingQuestion
from remission.errors import DefinitionError, NotEstimable
from remission.estimate.result import Coefficients, Estimates
from remission.estimate.workers import Crew
from remission.questions.asked import Asked
from remission.questions.missing import missing
from remission.report import answer_section, names_of

WAVES = (("baseline", 0), ("month_3", 91), ("month_6", 183), ("month_12", 365))
PEOPLE = 60


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = create_study(tmp_path_factory.mktemp("missing") / "study", "engagement")
    text = (made.path / "study.yaml").read_text().replace("\nquestions:", "\nclosed_on: 2024-01-01\nquestions:")
    (made.path / "study.yaml").write_text(text)
    rng = np.random.default_rng(4)
    codes = [f"p{number:02d}" for number in range(PEOPLE)]
    scale = made.instrument("recovery_identity")
    rows = []
    for number, code in enumerate(codes):
        level = 3 + number % 2 + rng.integers(0, 2)
        for wave, day in WAVES:
            # Every third misses the last wave, one in ten month 6 besides.
            if (wave == "month_12" and number % 3 == 0) or (wave == "month_6" and number % 10 == 0):
                continue
            value = int(np.clip(level + rng.integers(-1, 2), 1, 7))
            rows += [(code, wave, day, item.name, value) for item in scale.items]
    answers = pd.DataFrame(rows, columns=["participant_id", "wave", "day", "item", "value"])
    groups = pd.DataFrame(
        {
            "participant_id": codes,
            "group_name": ["smart" if number % 2 else "twelve_step" for number in range(PEOPLE)],
            "start_day": 0,
            "end_day": None,
            "is_primary": True,
        }
    )
    people = pd.DataFrame({"participant_id": codes, "site": None, "arm": None, "origin_date": "2020-01-01"})
    record(
        made,
        Entries(
            participants=people,
            answers=answers.assign(instrument=scale.name, version=scale.version, missing_reason=None),
            affiliations=groups,
            status_events=pd.DataFrame({"participant_id": ["p00", "p03"], "kind": "death", "day": 300}),
        ),
        BatchInfo("test"),
    )
    return open_study(made.path)


ASKED = MissingQuestion(measure="identity", at="month_12", deltas=(1.0,), copies=5, iterations=3)


def test_patterns_reasons_and_the_dead_are_counted(study: Study) -> None:
    found = missing(study, ASKED)
    patterns = found.patterns.table.set_index("pattern")["participants"].to_dict()
    # Columns: baseline, month 3, month 6, month 12. Of 60: 2 miss both, 4 month 6 alone, 18 month 12 alone.
    assert patterns == {"●●●●": 36, "●●●○": 18, "●●○●": 4, "●●○○": 2}
    reasons = found.patterns.reasons.set_index(["wave", "reason"])["participants"].to_dict()
    assert reasons["month_12", "deceased"] == 2
    assert reasons["month_12", "not_located"] == 18
    assert found.not_asked == 2
    assert isinstance(found.complete, Coefficients)
    assert isinstance(found.pooled, Estimates)
    assert found.complete.sample.rows == 40
    # The dead are not filled in.
    assert found.pooled.sample.rows == 58


def test_moving_everyones_gaps_moves_the_intercept_by_the_share_missing_in_the_first_group(study: Study) -> None:
    found = missing(study, ASKED)
    assert isinstance(found.moved, Estimates)
    by_delta = found.moved.table[found.moved.table["term"] == "Intercept"].set_index("delta")["estimate"]
    # The first group are the even numbers: 10 of them miss month 12, of whom p00 has died; 30 less 1 are left.
    assert by_delta[1.0] - by_delta[0.0] == pytest.approx(9 / 29)


def test_two_workers_give_the_same(study: Study) -> None:
    one, two = missing(study, ASKED), missing(study, ASKED, Crew(workers=2))
    assert isinstance(one.pooled, Estimates)
    assert isinstance(two.pooled, Estimates)
    pd.testing.assert_frame_equal(one.pooled.table, two.pooled.table)


def test_it_reads_as_a_section(study: Study) -> None:
    found = missing(study, ASKED)
    section = answer_section(Asked("missing", "x", "What is missing", found), names_of(study.protocol), None, (180,))
    assert "40 of 58 who were due answered Recovery identity (1 to 7) at month 12." in section.sentence
    assert "2 participants had died or were not yet due." in section.sentence
    assert "“mutual-help group: SMART Recovery”" in section.sentence
    assert section.chart is not None
    captions = [caption for caption, _ in section.tables]
    assert captions[0].startswith("Those who answered")
    assert "Filled values moved by so much" in captions


def test_a_wave_that_nobody_answered_is_one_sentence(study: Study) -> None:
    with pytest.raises(NotEstimable, match="Nobody answered 'identity' at month_24"):
        missing(study, MissingQuestion(measure="identity", at="month_24"))


def test_with_no_gaps_there_is_nothing_to_move(study: Study) -> None:
    found = missing(study, MissingQuestion(measure="identity", at="month_3", deltas=(1.0,), copies=3, iterations=2))
    assert found.moved is None
    assert found.tipping == ()
    assert isinstance(found.pooled, Estimates)
    assert isinstance(found.complete, Coefficients)
    assert found.pooled.tidy()["estimate"].tolist() == pytest.approx(found.complete.tidy()["estimate"].tolist())


def test_unknown_names_are_refused_when_study_yaml_is_read(tmp_path: Path) -> None:
    made = create_study(tmp_path / "study", "engagement")
    text = (made.path / "study.yaml").read_text().replace("measure: identity, at", "measure: shoe, at")
    (made.path / "study.yaml").write_text(text)
    with pytest.raises(DefinitionError, match=r"questions\.missing: there is no measure shoe"):
        open_study(made.path)
