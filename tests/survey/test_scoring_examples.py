"""Every row of every scoring_examples.csv is a test."""

from pathlib import Path

import pandas as pd
import pytest

from remission.locate import shipped
from remission.survey import available, instrument, score


def sheets() -> list[tuple[str, str]]:
    return [
        (name, example)
        for name in available()
        for example in pd.read_csv(shipped("instruments") / name / "scoring_examples.csv")["example"].unique()
    ]


def answers_of(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    found = instrument(name)
    return pd.DataFrame(
        {
            "participant_id": "p1",
            "wave": "baseline",
            "day": 0,
            "instrument": name,
            "version": found.version,
            "item": rows["item"],
            "value": rows["answer"].astype(float),
            "missing_reason": None,
        }
    ).dropna(subset="value")


@pytest.mark.parametrize(("name", "example"), sheets())
def test_worked_answer_sheet(name: str, example: str) -> None:
    path: Path = shipped("instruments") / name / "scoring_examples.csv"
    rows = pd.read_csv(path).query("example == @example")
    expected = rows.dropna(subset="scale").set_index("scale")["expected"]
    assert not expected.empty, "an example without an expected score proves nothing"
    scored = score(instrument(name), answers_of(name, rows))
    found = scored.set_index("scale")["score"].reindex(expected.index).astype(float)
    pd.testing.assert_series_equal(found, expected.astype(float), check_names=False, rtol=1e-12)


@pytest.mark.parametrize("name", available())
def test_every_scale_has_an_example(name: str) -> None:
    rows = pd.read_csv(shipped("instruments") / name / "scoring_examples.csv")
    assert {scale.name for scale in instrument(name).scales} <= set(rows.dropna(subset="expected")["scale"])
