"""What goes out comes back: importing our own export changes nothing."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import Study, answers, characteristics, create_study, participants
from remission.exchange import import_file, read_file, read_mapping
from remission.exchange.mapping import Mapping

Out = Callable[..., Path]
TAKEN_BACK = [("x.sav", "wide"), ("x.sav", "long"), ("x.dta", "wide"), ("x.dta", "long"), ("x.csv", "wide")]
TAKEN_BACK += [("x.csv", "long"), ("x.zsav", "wide")]
HELP_BACK = [("x.sav", "long"), ("x.dta", "wide"), ("x.csv", "wide")]


def mapping_beside(path: Path) -> Mapping:
    return read_mapping(path.with_name(f"{path.stem}_map.yaml"))


def holds(study: Study) -> list[pd.DataFrame]:
    return [participants(study), characteristics(study), answers(study)]


@pytest.mark.parametrize("names", ["source", "remission"])
@pytest.mark.parametrize(("name", "shape"), TAKEN_BACK)
def test_surveys_go_out_and_come_back_unchanged(study: Study, out: Out, name: str, shape: str, names: str) -> None:
    path = out(study, name, shape=shape, names=names)
    assert import_file(study, path, mapping_beside(path)).batch_id is None


@pytest.mark.parametrize("names", ["source", "remission"])
@pytest.mark.parametrize(("name", "shape"), TAKEN_BACK)
def test_two_files_go_out_as_one_and_come_back_unchanged(
    two_files: Study, out: Out, name: str, shape: str, names: str
) -> None:
    path = out(two_files, name, shape=shape, names=names)
    assert import_file(two_files, path, mapping_beside(path)).batch_id is None


@pytest.mark.parametrize("name", ["x.sav", "x.dta"])
@pytest.mark.parametrize("shape", ["wide", "long"])
def test_an_export_fills_an_empty_study_with_the_same(
    study: Study, out: Out, tmp_path: Path, name: str, shape: str
) -> None:

    path = out(study, name, shape=shape)
    other = create_study(tmp_path / "other", "follow-up")
    import_file(other, path, mapping_beside(path))
    for ours, theirs in zip(holds(study), holds(other), strict=True):
        pd.testing.assert_frame_equal(ours, theirs)


@pytest.mark.parametrize(("name", "shape"), HELP_BACK)
def test_help_goes_out_and_comes_back_unchanged(help_study: Study, out: Out, name: str, shape: str) -> None:
    path = out(help_study, name, shape=shape)
    assert import_file(help_study, path, mapping_beside(path)).batch_id is None


def test_help_comes_back_through_the_mapping_it_came_with(help_study: Study, out: Out) -> None:
    path = out(help_study, "x.sav")
    mapping = read_mapping(help_study.mappings_folder / "help.yaml")
    assert import_file(help_study, path, mapping).batch_id is None


def test_a_changed_export_is_noticed(study: Study, out: Out) -> None:
    path = out(study, "x.csv")
    path.write_text(path.read_text().replace("183", "184"))
    with pytest.raises(Exception, match="184"):
        import_file(study, path, mapping_beside(path))


def test_codes_of_the_files_are_put_back(two_files: Study, out: Out) -> None:
    file = read_file(out(two_files, "x.sav"))
    frame = file.frame.set_index("pid")
    assert frame["arm"].tolist() == [0, 1, 1]
    assert frame["att_0"].tolist() == [1, 2, 1]
    assert frame["att_6"].iloc[[0, 2]].tolist() == [2, 1]
    assert frame["freq_0"].tolist() == [3, 8, 9]
    assert frame["sex"].tolist() == [1, 9, 2]
    assert frame["use_day"].tolist() == [10, 170, 0]
    assert frame["use_yes"].tolist() == [1, 0, 1]
    assert frame["days"].iloc[[0, 2]].tolist() == [180, 200]
    assert list(file.frame.columns)[:8] == ["arm", "pid", "age", "sex", "att_0", "freq_0", "use_day", "use_yes"]
    assert file.variables["pid"].format == "F4.0"
    assert file.variables["att_0"].label == "Went to a group"
    assert file.variables["freq_0"].missing_ranges == ((8.0, 8.0), (9.0, 9.0))
    assert file.variables["sex"].value_labels == {1.0: "Male", 9.0: "Refused"}
    assert file.variables["age"].measure == "scale"


def test_redcap_records_fit_the_dictionary_and_come_back(study: Study, out: Out) -> None:
    path = out(study, "r.csv", format="redcap")
    head, *rows = path.read_text().splitlines()
    assert head.split(",")[:2] == ["record_id", "redcap_event_name"]
    assert "mutual_help_attendance_attended" in head
    assert rows[0].startswith("007,baseline_arm_1,1,3")
    assert import_file(study, path, mapping_beside(path)).batch_id is None


def test_parquet_holds_labels_beside_the_cells(study: Study, out: Out) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    found = parquet.read_table(out(study, "x.parquet"))
    assert found.column("participant_id").to_pylist() == ["007", "a12", "b3"]
    told = found.field("mutual_help_attendance_frequency_baseline").metadata
    assert b'"-9": "refused"' in told[b"missing"]
    assert b"Every day" in told[b"value_labels"]
    assert found.to_pandas()["mutual_help_attendance_frequency_baseline"].tolist()[:2] == [3, -8]
