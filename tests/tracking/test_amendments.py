"""A protocol that changes keeps every answer, and says beforehand what it does."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from followed import FORM, answer, enrol, entries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remission.cohort import Study, answers, create_study, open_study, record
from remission.cohort.amending import amend, protocol_history, read_amended
from remission.cohort.trail.verify import verify_trail
from remission.errors import DefinitionError, StudyError
from remission.tracking import dispositions, rates
from remission.tracking.amendment import effect_of

Make = Callable[..., Study]
DAY_0 = date(2024, 1, 1)


def on(day: int) -> date:
    return DAY_0 + timedelta(days=day)


def edited(study: Study, change: Callable[[dict[str, Any]], None]) -> Any:
    values = yaml.safe_load((study.path / "study.yaml").read_text())
    change(values)
    path = study.path.parent / "new.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


def wave(values: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in values["waves"] if each["name"] == name)


def rename(values: dict[str, Any]) -> None:
    wave(values, "month_3").update(name="quarter", formerly=["month_3"])


def test_a_wave_that_is_renamed_keeps_its_answers_under_its_new_name(make: Make) -> None:
    study = make()
    enrol(study, {"a": DAY_0})
    answer(study, ("a", "month_3", 91))
    before = answers(study)
    path = edited(study, rename)
    effect = effect_of(study, read_amended(study, path), on(100), on(100))
    assert [(one.wave, one.sentence) for one in effect.changes] == [("quarter", "was called month_3")]
    assert effect.waves.set_index("wave").loc["quarter"].tolist() == [1, 0]
    assert effect.dispositions.empty
    amend(study, path, on(100), "a shorter word")
    again = open_study(study.path)
    after = answers(again)
    assert set(after["wave"]) == {"quarter"}
    assert after.drop(columns="wave").equals(before.drop(columns="wave"))
    assert len(answers(again, wave="month_3")) == len(answers(again, wave="quarter")) == len(before)
    # Entries under either name are the same interview.
    answer(again, ("a", "quarter", 91))
    answer(again, ("a", "month_3", 91))
    assert len(answers(again)) == len(before)
    assert verify_trail(again).faults == []
    history = protocol_history(again)
    assert history["reason"].tolist() == ["as the study began", "a shorter word"]
    assert not history.attrs["edited"]


def test_windows_that_had_closed_stay_as_they_were(make: Make) -> None:
    study = make()
    enrol(study, {"early": DAY_0, "late": on(60)})
    answer(study, ("early", "month_3", 130), ("late", "month_3", 130))

    def narrow(values: dict[str, Any]) -> None:
        wave(values, "month_3")["allowed_window"] = [46, 120]

    path = edited(study, narrow)
    # On day 140 the window of `early` (until day 136) has closed, that of `late` (until 196) has not.
    effect = effect_of(study, read_amended(study, path), on(140), on(300))
    assert effect.dispositions.to_numpy().tolist() == [["month_3", "completed_in_window", "completed_out_of_window", 1]]
    amend(study, path, on(140), "narrower")
    found = dispositions(open_study(study.path), on(300)).set_index(["participant_id", "wave"])["disposition"]
    assert found["early", "month_3"] == "completed_in_window"
    assert found["late", "month_3"] == "completed_out_of_window"


def test_a_wave_with_answers_cannot_be_dropped(make: Make) -> None:
    study = make()
    enrol(study, {"a": DAY_0})
    answer(study, ("a", "month_3", 91))

    def drop(values: dict[str, Any]) -> None:
        values["waves"].remove(wave(values, "month_3"))
        values["questions"].pop("mechanisms")

    before = (study.path / "study.yaml").read_text()
    with pytest.raises(DefinitionError, match="the wave month_3 is gone") as refused:
        amend(study, edited(study, drop), on(100), "x")
    assert "retired: true" in refused.value.cure
    assert (study.path / "study.yaml").read_text() == before
    assert protocol_history(study).empty
    # Somebody who drops it by hand still reads every answer.
    (study.path / "study.yaml").write_text((study.path.parent / "new.yaml").read_text())
    assert set(answers(open_study(study.path))["wave"]) == {"month_3"}


def test_an_edit_by_hand_after_an_amendment_is_said(make: Make) -> None:
    study = make()
    amend(study, edited(study, rename), on(0), "x")
    path = study.path / "study.yaml"
    path.write_text(path.read_text().replace("title: ", "title: New "))
    assert protocol_history(open_study(study.path)).attrs["edited"]


@pytest.mark.parametrize(
    ("change", "why", "said"),
    [
        (lambda values: None, "x", "says what study.yaml says already"),
        (rename, " ", "No reason"),
        (lambda values: values.update(name="other"), "x", "is of the study other"),
        (lambda values: values.update(database="sqlite:///x.db"), "x", "names another database"),
        (lambda values: values.update(waves=[]), "x", "waves"),
    ],
)
def test_what_cannot_be_amended_is_refused(make: Make, change: Any, why: str, said: str) -> None:
    study = make()
    text = (study.path / "study.yaml").read_text()
    path = edited(study, change)
    if said.startswith("says"):
        path.write_text(text)
    with pytest.raises((StudyError, DefinitionError), match=said):
        amend(study, path, on(0), why)
    assert (study.path / "study.yaml").read_text() == text


def test_amendments_take_effect_in_order(make: Make) -> None:
    study = make()
    amend(study, edited(study, rename), on(50), "first")
    with pytest.raises(StudyError, match="takes effect on 2024-02-20 already"):
        amend(open_study(study.path), edited(study, lambda values: values.update(title="T")), on(40), "second")


ACT = st.one_of(
    st.tuples(st.just("rename"), st.integers(0, 4), st.sampled_from(["x1", "x2", "x3", "x4"])),
    st.tuples(st.just("retire"), st.integers(1, 4), st.booleans()),
    st.tuples(st.just("move"), st.integers(1, 4), st.integers(-5, 5)),
    st.tuples(st.just("narrow"), st.integers(1, 4), st.integers(0, 9)),
    st.tuples(st.just("add"), st.integers(0, 0), st.sampled_from(["late1", "late2"])),
)


def act(values: dict[str, Any], what: str, place: int, how: Any) -> None:
    waves = values["waves"]
    if what == "add":
        waves.append({"name": how, "day": 1500, "months": 49, "optimum_window": [1490, 1510],
                      "allowed_window": [1480, 1520]})  # fmt: skip
        return
    one = waves[place]
    if what == "rename":
        one["formerly"] = [*one.get("formerly", []), one["name"]]
        one["name"] = how
    elif what == "retire":
        one["retired"] = how
    elif what == "move":
        one["day"] += how
    else:
        first, last = one["allowed_window"]
        one["allowed_window"] = [first + how, last - how]


@given(acts=st.lists(ACT, min_size=1, max_size=5), today=st.integers(0, 900))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_amendment_loses_an_answer_and_the_totals_still_reconcile(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int, Any]], today: int
) -> None:
    study = create_study(tmp_path_factory.mktemp("am") / "s", "engagement")
    path = study.path / "study.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("\nasking:")] if "\nasking:" in text else text)
    study = open_study(study.path)
    enrol(study, {"a": DAY_0, "b": on(30), "c": None})
    answer(study, ("a", "baseline", 1), ("a", "month_3", 95), ("b", "month_6", 180), ("c", "month_12", None))
    attempt = {"participant_id": "b", "attempted_on": on(90), "channel": "phone", "outcome": "refused",
               "wave": "month_3"}  # fmt: skip
    record(study, entries("contact_attempts", attempt), FORM)
    kept = answers(study).drop(columns="wave").sort_values(["participant_id", "day", "item"], ignore_index=True)
    for number, one in enumerate(acts):
        try:
            amend(study, edited(study, lambda values, one=one: act(values, *one)), on(50 + number), "try")
        except (DefinitionError, StudyError):
            continue
        study = open_study(study.path)
        now = answers(study).drop(columns="wave").sort_values(["participant_id", "day", "item"], ignore_index=True)
        assert now.equals(kept)
        assert set(answers(study)["wave"]) <= {wave.name for wave in study.protocol.waves}
        counted = rates(dispositions(study, on(today)))
        assert (counted["enrolled"] == 3).all()
        assert len(counted) == len(study.protocol.standing_waves)
        assert (counted.iloc[:, 3:12].sum(axis=1) == 3).all()
    assert verify_trail(study).faults == []
