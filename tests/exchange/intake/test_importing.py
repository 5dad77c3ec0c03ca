"""Imports: what arrives, what is refused, and that a refusal changes nothing."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from remission.cohort import Study, answers, characteristics, participants, use_reports
from remission.errors import DefinitionError, RemissionError
from remission.exchange import ImportPlan, apply_plan, import_file, plan_import, read_file, read_mapping
from remission.exchange.intake.report import sections

Write = Callable[..., Path]


def digest(study: Study) -> str:
    return hashlib.sha256((study.path / "cohort.db").read_bytes()).hexdigest()


def plan_of(study: Study, file: Path, mapping: Path) -> ImportPlan:
    return plan_import(study, read_file(file), read_mapping(mapping))


def test_what_arrives_by_hand(study: Study, small_file: Write, mapping_file: Write) -> None:
    import_file(study, small_file(), read_mapping(mapping_file()))
    assert participants(study)[["participant_id", "arm"]].to_numpy().tolist() == [
        ["1", "control"],
        ["2", "clinic"],
        ["3", "clinic"],
    ]
    people = characteristics(study).set_index("participant_id")
    assert people["sex"].tolist() == ["male", "female", "male"]
    assert people["age"].isna().tolist() == [False, False, True]
    told = answers(study).set_index(["participant_id", "wave", "item"])
    assert told.loc[("1", "baseline", "frequency"), "value"] == 3
    assert told.loc[("2", "baseline", "frequency"), "missing_reason"] == "not_applicable"
    assert told.loc[("3", "baseline", "frequency"), "missing_reason"] == "refused"
    assert told.loc[("1", "month_6", "attended"), "day"] == 180
    assert ("2", "month_6", "attended") not in told.index  # system-missing: no answer, no interview
    uses = use_reports(study)[["participant_id", "start_day", "end_day", "state"]]
    assert sorted(map(tuple, uses.to_numpy().tolist())) == [
        ("1", 0, 9, "abstinent"),
        ("1", 10, 10, "used"),
        ("2", 0, 170, "abstinent"),
        ("3", 0, 0, "used"),
    ]


def test_a_plan_writes_nothing(study: Study, small_file: Write, mapping_file: Write) -> None:
    before = digest(study)
    plan = plan_of(study, small_file(), mapping_file())
    assert digest(study) == before
    assert plan.problems == ()
    assert plan.unmatched == ()
    assert plan.as_dict()["participants_new"] == 3
    assert [title for title, _ in sections(plan)][:2] == ["File", "What goes where"]


def test_the_same_file_again_changes_nothing(study: Study, small_file: Write, mapping_file: Write) -> None:
    file, mapping = small_file(), read_mapping(mapping_file())
    import_file(study, file, mapping)
    before = digest(study)
    outcome = import_file(study, file, mapping)
    assert outcome.batch_id is None
    assert digest(study) == before


def test_unmatched_variables_are_listed(study: Study, small_file: Write, mapping_file: Write) -> None:
    assert plan_of(study, small_file(email=["a", "b", "c"]), mapping_file()).unmatched == ("email",)


def test_half_known_use_is_left_out_and_counted(study: Study, small_file: Write, mapping_file: Write) -> None:
    plan = plan_of(study, small_file(use_day=[10.0, None, 0.0]), mapping_file())
    assert plan.left_out[0][1] == 1
    assert plan.problems == ()


BASELINE, MONTH_6 = "  baseline: {suffix: _0, day: 0}\n", "  month_6: {suffix: _6, day: days_6}\n"
FAULTS: list[tuple[dict[str, list[Any]], dict[str, str], str]] = [
    ({"pid": [1.0, 1.0, 3.0]}, {}, "rows 1 and 2: pid is 1 and 1, the same participant twice"),
    ({"pid": ["007", "7", "8"]}, {}, "pid is 007 and 7"),
    ({"pid": [1.0, None, 3.0]}, {}, "row 2: pid is empty"),
    ({"att_0": [1.0, 5.0, 0.0]}, {}, "att_0: 1 rows hold 5"),
    ({"days_6": [0.0, None, 200.0]}, {}, "interview of month_6 is on day 0"),
    ({"use_yes": [2.0, 0.0, 1.0]}, {}, "row 1 .* use_yes is 2"),
    ({"use_day": [10.5, 170.0, 0.0]}, {}, "use_day is 10.5"),
    ({"att_0": ["yes", "0", "1"]}, {}, "row 1, variable att_0: 'yes' is no number"),
    ({"days_6": ["a", "b", "c"]}, {}, "variable days_6: it holds text"),
    ({"days_6": [1e12, None, 200.0]}, {}, "a hundred years away"),
    ({"use_day": [1e15, 170.0, 0.0]}, {}, "use_day is 1e"),
    ({"pid": [1.0, 2.0**53, 3.0]}, {}, "no whole number that can be kept exactly"),
    ({"arm": [5.0, 1.0, 1.0]}, {}, "the mapping has no code 5"),
    ({}, {"suffix: _6": "suffix: _0"}, "two waves have the same prefix and suffix"),
    ({}, {"9: refused": "7: refused"}, "code 9 is declared user-missing"),
    ({}, {"attended: att\n": "attended: atend\n"}, "no variable atend .*Did you mean att_0"),
    ({}, {"age: age": "age: agee"}, "no variable agee. Did you mean age"),
    ({}, {"sex: sex": "shoe_size: sex"}, "no characteristic 'shoe_size'"),
    ({}, {"month_6: {": "month_7: {"}, "no wave 'month_7'"),
    ({}, {BASELINE + MONTH_6: MONTH_6 + BASELINE}, "not in the order"),
    ({}, {"mutual_help_attendance:": "mutual_help:"}, "no instrument 'mutual_help'"),
]


@pytest.mark.parametrize(("columns", "edits", "said"), FAULTS, ids=[said[:40] for _, _, said in FAULTS])
def test_faults_are_refused_and_nothing_changes(
    study: Study,
    small_file: Write,
    mapping_file: Write,
    columns: dict[str, list[Any]],
    edits: dict[str, str],
    said: str,
) -> None:
    file, mapping = small_file(**columns), mapping_file(**edits)
    before = digest(study)
    with pytest.raises(RemissionError, match=said):
        import_file(study, file, read_mapping(mapping))
    assert digest(study) == before


def test_an_item_that_is_not_there_is_named(study: Study, small_file: Write, mapping_file: Write) -> None:
    mapping = read_mapping(mapping_file(**{"attended: att": "attendance: att"}))
    with pytest.raises(DefinitionError, match="no item 'attendance'"):
        import_file(study, small_file(), mapping)


def test_a_changed_answer_is_refused_with_old_and_new(study: Study, small_file: Write, mapping_file: Write) -> None:
    mapping = read_mapping(mapping_file())
    import_file(study, small_file(), mapping)
    before = digest(study)
    with pytest.raises(RemissionError, match=r"Participant 1 .*3.* → .*4"):
        import_file(study, small_file(freq_0=[4.0, 8.0, 9.0]), mapping)
    assert digest(study) == before


def test_a_new_code_that_reads_like_a_known_one_is_refused(
    study: Study, small_file: Write, mapping_file: Write
) -> None:
    mapping = read_mapping(mapping_file())
    import_file(study, small_file(), mapping)
    with pytest.raises(RemissionError, match="participant 001 is new, and 1 is known already"):
        import_file(study, small_file(pid=["001", "002", "003"]), mapping)


def test_a_file_without_rows_is_refused(study: Study, mapping_file: Write, tmp_path: Path) -> None:
    path = tmp_path / "empty.sav"
    pyreadstat.write_sav(no_rows(), str(path))
    with pytest.raises(RemissionError, match=r"empty\.sav has no rows"):
        import_file(study, path, read_mapping(mapping_file()))


def no_rows() -> pd.DataFrame:
    names = ["pid", "arm", "age", "sex", "att_0", "freq_0", "att_6", "freq_6", "days_6", "use_day", "use_yes"]
    return pd.DataFrame({name: pd.Series(dtype=float) for name in names})


def test_new_participants_join_known_ones(study: Study, small_file: Write, mapping_file: Write) -> None:
    mapping = read_mapping(mapping_file())
    import_file(study, small_file(), mapping)
    plan = plan_import(study, read_file(small_file(pid=[4.0, 5.0, 6.0])), mapping)
    assert (len(plan.differences.participants_new), plan.differences.participants_known) == (3, 0)
    apply_plan(study, plan)
    assert len(participants(study)) == 6


def test_help_totals_agree_with_scores_from_items(reference: Path, study: Study) -> None:
    plan = plan_of(study, reference / "data" / "help_wide.sav", study.mappings_folder / "help.yaml")
    assert plan.problems == ()
    assert plan.unmatched == ()
    assert plan.totals["of"].tolist() == [470, 254, 214, 253, 272]
    pd.testing.assert_series_equal(plan.totals["agree"], plan.totals["of"], check_names=False)
