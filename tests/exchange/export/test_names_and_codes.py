"""Names that every program takes, and codes that do not run into values."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remission.cohort import BatchInfo, Entries, Study, record
from remission.exchange.export import ExportRefused, ExportRequest, format_of, plan_export
from remission.exchange.export.coding import own_coding, own_reasons, turned_round
from remission.exchange.export.names import LIMITS, RESERVED, fits, own_name, shortened
from remission.exchange.files import Variable

KINDS = st.sampled_from(sorted(LIMITS))


@given(st.lists(st.text(max_size=120), max_size=12), KINDS)
def test_own_names_are_valid_and_unique_whatever_was_wished(wishes: list[str], kind: str) -> None:
    taken: set[str] = set()
    for wish in wishes:
        name = own_name(wish, kind, taken)
        assert fits(name, kind), name
        assert name.lower() not in taken
        assert len(name.encode()) <= LIMITS[kind]
        assert name.lower() not in RESERVED
        assert name[0].isalpha()
        taken.add(name.lower())


@given(st.text(max_size=200), KINDS)
def test_own_names_are_stable(wish: str, kind: str) -> None:
    assert own_name(wish, kind, set()) == own_name(wish, kind, set())


@given(st.from_regex(r"[a-z][a-z0-9_]{0,60}[a-z0-9]", fullmatch=True))
def test_a_name_that_fits_is_left_as_it_is(wish: str) -> None:
    if wish in RESERVED or "__" in wish:
        return
    assert own_name(wish, "sav", set()) == wish


def test_long_names_keep_start_and_end_and_stay_apart() -> None:
    first, second = (shortened(f"mutual_help_attendance_{middle}_month_24", 28) for middle in ("attended", "frequency"))
    assert first != second
    assert first.startswith("mutual")
    assert first.endswith("month_24")


@given(st.lists(st.floats(min_value=-2000, max_value=2000, allow_nan=False).map(float), max_size=8))
def test_codes_of_reasons_are_no_values(values: list[float]) -> None:
    codes = set(own_reasons(values).values())
    assert len(codes) == 5
    assert not codes & set(values)
    low, high = min(codes), max(codes)
    assert not [value for value in values if low <= value <= high]


@given(
    st.dictionaries(st.integers(0, 9).map(float), st.integers(0, 9).map(float), max_size=5),
    st.lists(st.integers(0, 9).map(float), max_size=6),
    st.lists(st.sampled_from(["refused", "unknown", "not_asked"]), max_size=3),
)
def test_a_coding_turned_round_reads_back(
    codes: dict[float | str, float | str], values: list[float], reasons: list[str]
) -> None:
    coding = turned_round(codes, {}, Variable(), values, reasons, {})
    said = pd.Series([*values, *[None] * len(reasons)], dtype=object)
    why = pd.Series([*[None] * len(values), *reasons], dtype=object)
    cells = coding.cells(said, why, as_text=False)
    back = [coding.missing.get(cell) or coding.codes.get(cell, cell) for cell in cells]
    assert back == [*values, *reasons]


def test_values_in_words_are_numbered() -> None:
    coding = own_coding(["b", "a"], None, {"a": "A", "b": "B"})
    assert coding.code_of == {"a": 1.0, "b": 2.0}
    assert coding.codes == {1.0: "a", 2.0: "b"}


def test_the_format_is_in_the_ending(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert format_of(folder / "a.SAV") == "sav"
    with pytest.raises(ExportRefused, match="no format"):
        format_of(folder / "a.xlsx")


def test_a_reason_without_a_code_in_the_file_gets_one_and_is_told(
    two_files: Study, tmp_path_factory: pytest.TempPathFactory
) -> None:

    answer = pd.DataFrame(
        [("2", "month_6", 181, "mutual_help_attendance", "1.0", "frequency", None, "unknown")],
        columns=["participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason"],
    )
    record(two_files, Entries(answers=answer), BatchInfo("survey"))
    plan = plan_export(two_files, ExportRequest(tmp_path_factory.getbasetemp() / "x.sav"))
    (column,) = [column for column in plan.table.columns if column.name == "freq_6"]
    assert column.cells.iloc[1] == -6
    assert column.missing[-6.0] == "unknown"
    assert column.variable.missing_ranges == ((8.0, 8.0), (9.0, 9.0), (-6.0, -6.0))
    assert "freq_6: the file had no code for 'unknown'; -6 is added." in plan.remarks


def test_stata_names_and_long_labels_are_told(two_files: Study, tmp_path_factory: pytest.TempPathFactory) -> None:
    asked = ExportRequest(tmp_path_factory.getbasetemp() / "x.dta", format="dta", names="remission")
    plan = plan_export(two_files, asked)
    names = [column.name for column in plan.table.columns]
    assert max(map(len, names)) <= 28
    assert any("is called" in remark for remark in plan.remarks)
    assert any("label is cut to 80 signs" in remark for remark in plan.remarks)
