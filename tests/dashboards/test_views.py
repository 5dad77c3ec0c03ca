"""Every view opens, whatever the study holds, and its choices reach what it draws."""

import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from remission import cli
from remission.cohort import BatchInfo, Entries, Study, contact_attempts, create_study, record
from remission.locate import shipped
from remission.survey import instrument

DRAWN = ("overview", "time_to_relapse", "trajectories", "further_questions", "data_quality")
VIEWS = (*DRAWN, "queries", "protocol_and_imports", "desk", "safety", "signals", "participant")
STUDIES = ("full", "empty", "one_participant", "no_events", "without_use_reports")
CAUTION = "Groups chose themselves: this is association, not proof."


def start(monkeypatch: pytest.MonkeyPatch, folder: Path | str) -> AppTest:
    monkeypatch.setenv("REMISSION_STUDY", str(folder))
    return AppTest.from_file(str(shipped("dashboards") / "app.py"), default_timeout=60).run()


def open_view(monkeypatch: pytest.MonkeyPatch, study: Study, view: str) -> AppTest:
    return start(monkeypatch, study.path).switch_page(f"views/{view}.py").run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.info, *app.caption, *app.warning])


def charts(app: AppTest) -> list[object]:
    return app.get("arrow_vega_lite_chart") + app.get("vega_lite_chart")


def drawings(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.get("html") if element.proto.body.startswith("<img")]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", STUDIES)
def test_every_view_opens(
    name: str, view: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    app = open_view(monkeypatch, request.getfixturevalue(name), view)
    assert [element.message for element in app.exception] == []
    assert [element.value for element in app.error] == []
    assert app.title[0].value.lower().replace(" ", "_") == view


@pytest.mark.parametrize("view", VIEWS)
def test_an_empty_study_gets_a_sentence_and_a_way_on(view: str, monkeypatch: pytest.MonkeyPatch, empty: Study) -> None:
    app = open_view(monkeypatch, empty, view)
    assert "no participants yet" in app.info[0].value
    assert app.code[0].value.startswith("remission import ")
    assert charts(app) == []


def test_the_frame_stands_beside_every_view(monkeypatch: pytest.MonkeyPatch, full: Study) -> None:
    for view in VIEWS:
        beside = [element.value for element in open_view(monkeypatch, full, view).sidebar.caption]
        assert "Day 0: the day treatment ended." in beside
        assert any("Internal" in text for text in beside)


@pytest.mark.parametrize("view", DRAWN)
def test_every_chart_has_a_sentence_and_a_table_beside_it(
    view: str, monkeypatch: pytest.MonkeyPatch, full: Study
) -> None:
    app = open_view(monkeypatch, full, view)
    drawn, pictured = charts(app), drawings(app)
    twins = [block for block in app.expander if block.label == "Show as table"]
    assert len(drawn) + len(pictured) == len(twins) > 0
    assert all(len(block.table) == 1 for block in twins)
    assert all(chart.proto.alt for chart in drawn)
    assert all(re.search('alt="[^"]{20,}"', picture) for picture in pictured)


def test_choice_of_groups_reaches_the_curves(monkeypatch: pytest.MonkeyPatch, full: Study) -> None:
    app = open_view(monkeypatch, full, "time_to_relapse")
    assert "of 100 participants" in words(app)
    assert "12-step" in words(app)
    assert CAUTION in words(app)
    assert "as last told" in words(app)
    app.selectbox[1].set_value("engagement_level").run()
    assert "not involved" in words(app)
    assert "12-step" not in words(app)


def test_every_way_of_reading_says_what_it_answers(monkeypatch: pytest.MonkeyPatch, full: Study) -> None:
    app = open_view(monkeypatch, full, "time_to_relapse")
    assert app.selectbox[2].disabled
    app.button_group[0].set_value("landmark").run()
    assert not app.selectbox[2].disabled
    assert "Among those still free and followed on day 183" in words(app)
    app.button_group[0].set_value("day_0").run()
    assert "What people do later does not count" in words(app)
    call = app.code[0].value
    assert f"open_study({str(full.path)!r})" in call


def test_python_terminal_and_page_show_the_same_number(monkeypatch: pytest.MonkeyPatch, full: Study) -> None:
    app = open_view(monkeypatch, full, "time_to_relapse")
    app.selectbox[1].set_value("involvement").run()
    on_page = next(table.value for table in app.table if "Hazard ratio (95 % CI)" in table.value.columns)
    shown = on_page["Hazard ratio (95 % CI)"].iloc[0]
    typed: dict[str, Any] = {}
    exec(app.code[0].value, typed)
    log_ratio = typed["found"].model.tidy()["estimate"].iloc[0]
    assert shown.startswith(f"{math.exp(log_ratio):.2f} ")
    in_terminal = CliRunner().invoke(cli.app, ["relapse", "--study", str(full.path), "--by", "involvement"])
    assert shown in in_terminal.output


def test_hazard_models_are_shown_with_ratios(monkeypatch: pytest.MonkeyPatch, full: Study) -> None:
    app = open_view(monkeypatch, full, "time_to_relapse")
    tables = [table.value for table in app.table if "Hazard ratio (95 % CI)" in table.value.columns]
    assert len(tables) == 3
    assert all("Involvement in mutual help (0 to 5)" in set(table["Term"]) for table in tables[1:])


def test_choice_of_measure_reaches_the_means(monkeypatch: pytest.MonkeyPatch, full: Study) -> None:
    app = open_view(monkeypatch, full, "trajectories")
    assert "Recovery identity" in words(app)
    assert "Model: identity ~" in words(app)
    app.selectbox[0].set_value("days_used").run()
    assert "Mean of Days of use in the past 30 days" in words(app)
    assert "asks for no model of this measure" in words(app)


def test_no_events_is_said_not_hidden(monkeypatch: pytest.MonkeyPatch, no_events: Study) -> None:
    app = open_view(monkeypatch, no_events, "time_to_relapse")
    assert "No event was observed" in words(app)
    assert len(charts(app)) == 2


def test_without_reports_of_use_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, without_use_reports: Study
) -> None:
    app = open_view(monkeypatch, without_use_reports, "time_to_relapse")
    assert charts(app) == []
    assert app.info[0].value


def test_interviews_outside_their_window_are_listed(monkeypatch: pytest.MonkeyPatch, no_events: Study) -> None:
    app = open_view(monkeypatch, no_events, "data_quality")
    # Month 3 allows days 46 to 136; the eight interviews were held on day 200.
    assert "8 interviews lie outside" in words(app)
    assert set(app.dataframe[0].value["days_off"]) == {64.0}


def test_a_new_batch_turns_the_answers_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    study = create_study(tmp_path / "study", "engagement")
    reports = pd.DataFrame(
        [("P1", "any", 0, 10, "abstinent", "form")],
        columns=["participant_id", "substance", "start_day", "end_day", "state", "source"],
    )
    record(study, Entries(use_reports=reports), BatchInfo(kind="form"))
    app = start(monkeypatch, study.path)
    assert "1 participant." in words(app)
    record(study, Entries(use_reports=reports.assign(participant_id="P2")), BatchInfo(kind="form"))
    assert "2 participants." in words(app.run())


def test_an_absent_study_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = start(monkeypatch, tmp_path / "nowhere")
    assert not app.exception
    assert "nowhere" in app.error[0].value


def test_no_study_named_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["app.py"])
    app = start(monkeypatch, "")
    assert app.error[0].value == (
        "The dashboard was started without a study. Run `remission dashboard --study FOLDER`."
    )


def test_every_further_question_of_the_template_is_answered_or_says_why_not(
    monkeypatch: pytest.MonkeyPatch, full: Study
) -> None:
    app = open_view(monkeypatch, full, "further_questions")
    headings = app.selectbox[0].options
    assert len(headings) == 11
    for place in range(len(headings)):
        app.selectbox[0].set_value(place).run()
        assert [element.message for element in app.exception] == []
        assert words(app)


def test_a_query_is_settled_in_the_view(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    study = create_study(tmp_path / "study", "engagement")
    answers = pd.DataFrame(
        {"participant_id": ["P1"], "wave": "month_3", "day": 300, "item": "meetings_30d", "value": 3}
    )
    form = instrument("meeting_attendance")
    record(
        study,
        Entries(answers=answers.assign(instrument=form.name, version=form.version, missing_reason=None)),
        BatchInfo("form"),
    )
    app = open_view(monkeypatch, study, "queries")
    assert app.markdown[0].value.startswith("1 query is open, the oldest for 0 days; 0 late, 1 without an owner")
    app.radio[0].set_value("settled")
    app.button[0].click().run()
    assert [error.value for error in app.error] == [
        "No reason is given. Say why in a few words; it stays with the data."
    ]
    app.radio[0].set_value("settled")
    app.text_input[1].input("held late, agreed")
    app.button[0].click().run()
    assert "Nothing looks wrong by the rules; 1 is settled" in app.markdown[0].value


def test_an_attempt_is_noted_on_the_desk_and_taken_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    study = create_study(tmp_path / "study", "engagement")
    origin = pd.Timestamp.today().date() - pd.Timedelta(days=91)
    people = pd.DataFrame({"participant_id": ["P1", "P2"], "site": ["north", "south"], "arm": None})
    record(study, Entries(participants=people.assign(origin_date=origin)), BatchInfo("form"))
    app = open_view(monkeypatch, study, "desk")
    assert any(text.value.startswith("2 people are to be tried") for text in app.markdown)
    app.selectbox[0].set_value("south").run()
    assert any(text.value.startswith("1 person is to be tried") for text in app.markdown)
    app.button(key="outcome-left_message").click().run()
    assert app.success[0].value == "Noted for P2: phone, left message."
    held = contact_attempts(study)
    assert held[["participant_id", "channel", "outcome", "wave"]].to_numpy().tolist() == [
        ["P2", "phone", "left_message", "month_3"]
    ]
    next(button for button in app.button if button.label == "Take the last one back").click().run()
    assert app.success[0].value == "It was taken back."
    assert contact_attempts(study).empty
