"""What is taken out, what is logged, and that a failure leaves the last good file."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from remission.cohort import BatchInfo, Entries, Study, audit_trail, open_study, record
from remission.errors import DefinitionError
from remission.exchange import read_file
from remission.exchange.export import ExportRefused, ExportRequest, export, plan_export

Out = Callable[..., Path]


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(), newline="")))


def logged(study: Study, action: str = "exported") -> list[dict[str, Any]]:
    trail = audit_trail(study)
    return [row for row in trail.to_dict("records") if row["action"] == action]


def test_a_good_export_replaces_the_last_one_and_is_private(study: Study, out: Out) -> None:
    path = out(study, "x.sav", waves=("baseline",))
    before = path.read_bytes()
    out(study, "x.sav")
    assert path.read_bytes() != before
    held = sorted(each.name for each in path.parent.iterdir())
    assert held == ["x.json", "x.sav", "x.sps", "x_codebook.csv", "x_codebook.html", "x_map.yaml"]
    assert {each.stat().st_mode & 0o777 for each in path.parent.glob("x[._]*") if each.suffix != ".json"} == {0o600}


def test_every_export_is_in_the_audit_trail(study: Study, out: Out) -> None:
    path = out(study, "x.sav", why="for the statistician")
    (entry,) = logged(study)
    said = json.loads(entry["new"])
    assert entry["table"] == "export"
    assert entry["key"] == "x.sav"
    assert entry["reason"] == "for the statistician"
    assert said["sha256"] == read_file(path).sha256
    assert (said["profile"], said["format"], said["shape"], said["rows"]) == ("internal", "sav", "wide", 3)


def failing_replace(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = os.replace

    def replace(source: Any, target: Any) -> None:
        if Path(target).name == name:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)


def test_a_failure_at_the_last_step_puts_all_back_and_is_logged(
    study: Study, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = out(study, "x.sav", waves=("baseline",))
    before = {each: each.read_bytes() for each in path.parent.iterdir()}
    failing_replace(monkeypatch, "x.sav")
    with pytest.raises(ExportRefused, match="No space left on device"):
        out(study, "x.sav")
    assert {each: each.read_bytes() for each in path.parent.iterdir()} == before
    assert len(logged(study)) == 2
    assert len(logged(study, "export failed")) == 1


def test_a_first_export_that_fails_leaves_nothing(study: Study, out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_replace(monkeypatch, "x.csv")
    with pytest.raises(ExportRefused):
        out(study, "x.csv")
    folder = study.path.parent / "out"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("name", "writer"), [("x.sav", "write_sav"), ("x.dta", "write_dta")])
def test_a_disk_that_fills_while_writing_harms_nothing(
    study: Study, out: Out, monkeypatch: pytest.MonkeyPatch, name: str, writer: str
) -> None:
    path = out(study, name)
    before = path.read_bytes()

    def half(frame: Any, place: str, **_: Any) -> None:
        Path(place).write_bytes(b"$FL2")
        raise pyreadstat.ReadstatError("Unable to write")

    monkeypatch.setattr(pyreadstat, writer, half)
    with pytest.raises(ExportRefused, match="Unable to write"):
        out(study, name)
    assert path.read_bytes() == before
    assert not [each for each in path.parent.iterdir() if each.name.startswith(".")]


@pytest.mark.parametrize(("name", "writer"), [("x.sav", "write_sav"), ("x.zsav", "write_sav"), ("x.dta", "write_dta")])
def test_a_write_that_changes_a_cell_is_caught(
    study: Study, out: Out, monkeypatch: pytest.MonkeyPatch, name: str, writer: str
) -> None:
    real = getattr(pyreadstat, writer)

    def wrong(frame: Any, place: str, **rest: Any) -> None:
        column = "mutual_help_attendance_attended_baseline"[:28] if name == "x.dta" else ""
        column = next(each for each in frame if each.startswith("age") or each == column)
        real(frame.assign(**{column: 1.0}), place, **rest)

    monkeypatch.setattr(pyreadstat, writer, wrong)
    with pytest.raises(ExportRefused, match=r"does not hold what was meant: age"):
        out(study, name)
    assert logged(study) == []


def test_a_write_that_loses_a_label_is_caught(study: Study, out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    real = pyreadstat.write_sav

    def wrong(frame: Any, place: str, **rest: Any) -> None:
        real(frame, place, **{**rest, "variable_value_labels": {}})

    monkeypatch.setattr(pyreadstat, "write_sav", wrong)
    with pytest.raises(ExportRefused, match="value labels differ"):
        out(study, "x.sav")


def test_what_is_not_logged_does_not_exist(study: Study, out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise DefinitionError("The log is full.", "Empty it.")

    monkeypatch.setattr("remission.exchange.export.run.note", refuse)
    with pytest.raises(DefinitionError):
        out(study, "x.csv")
    assert list((study.path.parent / "out").iterdir()) == []


def test_internal_keeps_all_and_limited_leaves_dates_out(study: Study, out: Out) -> None:
    internal = read_file(out(study, "i.sav")).frame
    limited = read_file(out(study, "l.sav", profile="limited")).frame
    assert set(internal) - set(limited) == {"origin_date"}
    assert limited["participant_id"].tolist() == ["007", "a12", "b3"]
    assert "site" in limited


def test_safe_harbor_takes_codes_dates_site_and_great_ages_away(study: Study, out: Out) -> None:
    path = out(study, "s.csv", profile="safe-harbor")
    rows = rows_of(path)
    assert not {"site", "origin_date"} & set(rows[0])
    assert not {row["participant_id"] for row in rows} & {"007", "a12", "b3"}
    assert len({row["participant_id"] for row in rows}) == 3
    assert sorted(row["age"] for row in rows) == ["", "-9", "90"]
    again = rows_of(out(study, "t.csv", profile="safe-harbor"))
    assert not {row["participant_id"] for row in rows} & {row["participant_id"] for row in again}
    everything = b"".join(each.read_bytes() for each in path.parent.glob("s[._]*"))
    assert b"a12" not in everything
    assert b"2024-" not in everything
    assert b"not a promise" in everything


def test_identifying_characteristics_stay_in_the_study(study: Study, out: Out) -> None:
    text = (study.path / "study.yaml").read_text()
    extra = "characteristics:\n  zip_code: {label: Postal code, kind: number}\n"
    (study.path / "study.yaml").write_text(text.replace("characteristics:\n", extra, 1))

    opened = open_study(study.path)
    fact = pd.DataFrame(
        [("007", "zip_code", 4711.0, None)], columns=["participant_id", "name", "value", "missing_reason"]
    )
    record(opened, Entries(characteristics=fact), BatchInfo("people"))
    assert "zip_code" in read_file(out(opened, "i.sav")).frame
    limited = out(opened, "l.sav", profile="limited")
    assert "zip_code" not in read_file(limited).frame
    assert "Left out because they look identifying: zip_code." in limited.with_suffix(".json").read_text()


def test_consent_and_notice_of_the_study_go_along(study: Study, out: Out) -> None:
    sharing = "sharing:\n  consent: Agreed to research on recovery.\n  notice: Do not pass this on.\n"
    (study.path / "study.yaml").write_text((study.path / "study.yaml").read_text() + sharing)

    opened = open_study(study.path)
    sav, table = out(opened, "x.sav"), out(opened, "y.csv")
    for path in (sav.with_suffix(".sps"), table.with_name("y_README.txt"), table.with_name("y_codebook.html")):
        said = " ".join(path.read_text().split())
        assert "Agreed to research on recovery." in said
        assert "Do not pass this on." in said
        assert "42 CFR" not in said
    assert "says nothing about what participants agreed to" not in sav.with_suffix(".json").read_text()


def test_the_codebook_counts_and_names_no_one(study: Study, out: Out) -> None:
    path = out(study, "x.csv")
    book = rows_of(path.with_name("x_codebook.csv"))
    by_name = {row["variable"]: row for row in book}
    row = by_name["mutual_help_attendance_frequency_baseline"]
    assert (row["n valid"], row["wave"], row["item"]) == ("1", "baseline", "frequency")
    assert "-9 refused" in row["missing codes"]
    assert row["licence"].startswith("own")
    page = path.with_name("x_codebook.html").read_text()
    assert "a12" not in page
    assert "<script" not in page


def test_texts_that_a_spreadsheet_would_run_are_guarded(study: Study, out: Out) -> None:

    use = pd.DataFrame(
        [("007", "any", 0, 3, "used", "=1+1")],
        columns=["participant_id", "substance", "start_day", "end_day", "state", "source"],
    )
    record(study, Entries(use_reports=use), BatchInfo("use"))
    assert ",'=1+1" in out(study, "u.csv", table="use").read_text()
    assert read_file(out(study, "v.sav", table="use")).frame["source"].tolist() == ["=1+1"]


def test_a_dry_run_writes_nothing(study: Study, tmp_path: Path) -> None:
    plan = plan_export(study, ExportRequest(tmp_path / "x.sav"))
    assert plan.as_dict()["rows"] == 3
    assert not (tmp_path / "x.sav").exists()
    assert logged(study) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"waves": ("never",)}, "no wave 'never'"),
        ({"instruments": ("nothing",)}, "no instrument 'nothing'"),
        ({"table": "status"}, "has no rows"),
    ],
)
def test_what_is_not_there_is_refused(study: Study, tmp_path: Path, asked: dict[str, Any], said: str) -> None:
    with pytest.raises((ExportRefused, DefinitionError), match=said):
        export(study, ExportRequest(tmp_path / "x.csv", format="csv", **asked))


def test_a_folder_that_is_not_there_is_named(study: Study, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="There is no folder"):
        export(study, ExportRequest(tmp_path / "nowhere" / "x.csv", format="csv"))
