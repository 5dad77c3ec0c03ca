"""E-values: by hand, published example, stored figures."""

import json
from pathlib import Path

import numpy as np
import pytest

from remission.errors import DefinitionError
from remission.estimate import e_value

# Closed forms on both sides.
TOLERANCE = 1e-12


def test_by_hand() -> None:
    # 2 + sqrt(2 * 1); a protective ratio is turned over first.
    assert e_value(2.0, scale="risk_ratio").table["estimate"].item() == pytest.approx(2 + np.sqrt(2))
    assert e_value(0.5, scale="risk_ratio").table["estimate"].item() == pytest.approx(2 + np.sqrt(2))
    assert e_value(1.0).table["estimate"].item() == 1


def test_the_limit_nearest_1_is_taken_and_is_1_where_the_interval_reaches_across() -> None:
    above = e_value(2.0, 1.5, 3.0, scale="risk_ratio").table["estimate"].iloc[1]
    below = e_value(0.5, 0.3, 2 / 3, scale="risk_ratio").table["estimate"].iloc[1]
    assert above == pytest.approx(1.5 + np.sqrt(1.5 * 0.5))
    assert below == pytest.approx(above)
    assert e_value(2.0, 0.9, 3.0).table["estimate"].iloc[1] == 1


def test_against_stored_figures(reference: Path) -> None:
    stored = json.loads((reference / "results" / "psychometrics_causal_mi.json").read_text())["evalue"]
    published = e_value(3.9, 1.8, 8.7, scale="risk_ratio").table["estimate"].tolist()
    assert published == pytest.approx([stored["vanderweele_ding_rr3.9"], stored["lo1.8"]], rel=TOLERANCE)
    common = e_value(1.36, 1.10, 1.7, scale="hazard_ratio").table
    assert common["risk_ratio"].iloc[0] == pytest.approx(stored["hr_common_1.36_rr"], rel=TOLERANCE)
    assert common["estimate"].tolist() == pytest.approx(
        [stored["hr_common_1.36"], stored["hr_common_1.36_lo1.10"]], rel=TOLERANCE
    )
    rare = e_value(1.36, rare=True).table["estimate"].item()
    assert rare == pytest.approx(stored["hr_rare_1.36"], rel=TOLERANCE)
    odds = e_value(2.5, scale="odds_ratio").table.iloc[0]
    assert odds[["risk_ratio", "estimate"]].tolist() == pytest.approx(
        [stored["or_common_2.5_rr"], stored["or_common_2.5"]], rel=TOLERANCE
    )
    assert e_value(0.56).table["estimate"].item() == pytest.approx(stored["hr_common_0.56"], rel=TOLERANCE)


def test_bad_ratios_are_refused() -> None:
    for wrong in (0.0, -0.3, float("inf")):
        with pytest.raises(DefinitionError, match="above 0"):
            e_value(wrong)
    with pytest.raises(DefinitionError, match="outside"):
        e_value(2.0, 2.5, 3.0)
    with pytest.raises(DefinitionError, match="scale"):
        e_value(2.0, scale="hazard ratio")
