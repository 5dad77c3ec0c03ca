"""One row a definition and term; definitions that fail say why."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, kaplan_meier, multiverse
from remission.estimate.result import Result


def ratio(table: pd.DataFrame) -> Result:
    return cox("Event(exit, event) ~ arm", table)


def drawn(effect: float, seed: int, rows: int = 300) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    arm = np.arange(rows) % 2
    exit = np.ceil(random.exponential(100, rows) / np.exp(effect * arm))
    return pd.DataFrame({"exit": exit.clip(max=150), "event": (exit <= 150).astype(int), "arm": arm})


def test_each_definition_keeps_its_own_numbers() -> None:
    tables = {"any use": drawn(0.5, 1), "seven days": drawn(0.4, 2, 200)}
    found = multiverse(ratio, tables)
    for name, table in tables.items():
        alone = ratio(table)
        mine = found.table[found.table["definition"] == name].iloc[0]
        assert mine["estimate"] == alone.table["estimate"].item()
        assert mine[["participants", "events"]].tolist() == [alone.sample.participants, alone.sample.events]
    assert found.checks[0].passed
    assert found.checks[1].passed


def test_a_definition_that_fails_is_listed_with_its_sentence() -> None:
    found = multiverse(ratio, {"good": drawn(0.5, 1), "quiet": drawn(0.5, 1).assign(event=0)})
    failed = found.table.set_index("definition").loc["quiet"]
    assert failed["note"].startswith("No event was observed.")
    assert np.isnan(failed["estimate"])
    assert found.checks[0].sentence == "No estimate under quiet."


def test_definitions_that_contradict_one_another_fail_a_check() -> None:
    found = multiverse(ratio, {"one": drawn(2.0, 1), "other": drawn(-2.0, 2)})
    assert not found.checks[1].passed
    assert "arm" in found.checks[1].sentence


def test_bad_requests_are_refused() -> None:
    with pytest.raises(DefinitionError, match="no table"):
        multiverse(ratio, {})
    with pytest.raises(NotEstimable, match="No definition gives an estimate"):
        multiverse(ratio, {"quiet": drawn(0.5, 1).assign(event=0)})
    with pytest.raises(DefinitionError, match="curve"):
        multiverse(kaplan_meier, {"one": drawn(0.5, 1)})
