"""The audit of stored results finds what nobody compared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STORED: dict[str, Any] = {
    "versions": {"R": "4.2.2"},
    "model": {"coef": {"age": 0.5, "sex": 0.25}, "n": 10},
    "curve": [{"time": 1, "surv": 0.9}, {"time": 2, "surv": 0.7}],
}
NOT_COVERED = {"versions/*": (1, "which software made the file"), "*/n": (1, "counts nothing of ours")}

Audit = Callable[..., None]


def model(ledger: Any, folder: Path) -> None:
    ledger.same("model/coef", [0.5, 0.25])


def curve(ledger: Any, folder: Path) -> None:
    ledger.equal("curve[]/time", [1, 2])
    ledger.same("curve[]/surv", [0.9, 0.7])


@pytest.fixture
def audit(tmp_path: Path, audited_file: Audit) -> Audit:
    def run(stored: dict[str, Any], *more: Any) -> None:
        file = tmp_path / "results" / "stored.json"
        file.parent.mkdir()
        file.write_text(json.dumps(stored))
        audited_file(file, *more)

    return run


def test_a_file_that_is_compared_or_excused_passes(audit: Audit) -> None:
    audit(STORED, [model, curve], NOT_COVERED)


def test_a_comparison_left_out_is_found(audit: Audit) -> None:
    with pytest.raises(AssertionError, match=r"neither compared nor excused: \['curve\[\]/surv', 'curve\[\]/time'\]"):
        audit(STORED, [model], NOT_COVERED)


@pytest.mark.parametrize(
    "new",
    [
        {"versions": {"R": "4.2.2", "survival": "3.5"}},
        {"other": {"n": 3}},
        {"other": 1.5},
        {"model": {"coef": {"age": 0.5, "sex": 0.25}, "n": 10, "robust": {"age": 0.1}}},
        {"curve": [{"time": 1, "surv": 0.9}, {"time": 2, "surv": 0.7, "lower": 0.6}]},
        {"later": []},
        {"later": {}},
        {"later": None},
    ],
)
def test_a_new_key_is_found_even_under_an_excuse(audit: Audit, new: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=r"neither compared nor excused|leaves and says"):
        audit({**STORED, **new}, [model, curve], NOT_COVERED)


@pytest.mark.parametrize(
    "changed",
    [
        {"model": {"coef": {"age": 0.5, "sex": 0.250002}, "n": 10}},
        {"model": {"coef": {"age": 0.5, "sex": None}, "n": 10}},
        {"model": {"coef": {"age": 0.5, "sex": 0.25, "arm": 0.25}, "n": 10}},
        {"curve": [{"time": 1, "surv": 0.9}, {"time": 3, "surv": 0.7}]},
        {"curve": [{"time": 1, "surv": 0.9}]},
    ],
)
def test_another_number_is_found(audit: Audit, changed: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        audit({**STORED, **changed}, [model, curve], NOT_COVERED)


def test_an_excuse_for_what_is_compared_or_gone_is_found(audit: Audit) -> None:
    with pytest.raises(AssertionError, match="excused, but compared"):
        audit(STORED, [model, curve], {**NOT_COVERED, "model/coef/*": (2, "not needed any more")})


def test_an_excuse_for_nothing_is_found(audit: Audit) -> None:
    with pytest.raises(AssertionError, match="excuses 0 leaves"):
        audit(STORED, [model, curve], {**NOT_COVERED, "gone/*": (1, "not there any more")})
