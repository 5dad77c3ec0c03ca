"""A ledger over stored results of others: what was compared, and what nobody looked at."""

import json
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# Both sides are run to the last digits or nearly so; errors and tests inherit what R's Newton method left.
ESTIMATE = 1e-6
ERROR = 1e-5
# R's summary rounds the test by Wald, not its p value.
TWO_DECIMALS = 0.00501

Comparison = Callable[["Ledger", Path], None]
# A pattern of leaves that nothing is compared with: how many they are, and why.
NotCovered = Mapping[str, tuple[int, str]]


def leaves(node: Any, path: str = "") -> Iterator[str]:
    """Name every leaf of a JSON tree: keys joined by ``/``, columns of a list of records as ``rows[]/column``."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from leaves(value, f"{path}/{key}" if path else key)
    elif isinstance(node, list) and node and all(isinstance(row, dict) for row in node):
        for column in dict.fromkeys(key for row in node for key in row):
            yield f"{path}[]/{column}"
    else:
        yield path


class Ledger:
    """A stored results file that notes each leaf that a comparison touched."""

    def __init__(self, file: Path) -> None:
        self.tree: Any = json.loads(file.read_text())
        self.touched: set[str] = set()

    def read(self, path: str) -> Any:
        """Return what is stored at a path, a group of keys as a list, and note its leaves as touched."""
        node = self.tree
        for step in path.split("/"):
            node = [row.get(step) for row in node] if isinstance(node, list) else node[step.removesuffix("[]")]
        self.touched |= set(leaves(node, path)) if isinstance(node, dict) else {path}
        return list(node.values()) if isinstance(node, dict) else node

    def same(self, path: str, ours: Any, tolerance: float = ESTIMATE) -> None:
        """Compare numbers, in the order in which they are stored; missing must meet missing."""
        theirs = np.array(self.read(path), dtype=float)
        found = np.asarray(ours, dtype=float)
        assert found.shape == theirs.shape, path
        np.testing.assert_allclose(found, theirs, rtol=0, atol=tolerance, err_msg=path)

    def equal(self, path: str, ours: Any) -> None:
        """Compare counts and names."""
        assert self.read(path) == ours, path

    def cox(self, path: str, fit: Any, naive: Any = None) -> None:
        """Compare a whole Cox model; ``naive`` is the same model without robust errors."""
        found, glance = fit.tidy(), fit.glance().iloc[0]
        self.equal(f"{path}/n", fit.sample.rows)
        self.equal(f"{path}/nevent", fit.sample.events)
        self.same(f"{path}/coef", found["estimate"])
        self.same(f"{path}/se", (naive or fit).tidy()["std_error"], ERROR)
        if naive is None:
            self.equal(f"{path}/robust_se", None)
        else:
            self.same(f"{path}/robust_se", found["std_error"], ERROR)
        for key, column in (("hr", "estimate"), ("hr_lo", "conf_low"), ("hr_hi", "conf_high")):
            self.same(f"{path}/{key}", np.exp(found[column]), ERROR)
        self.same(f"{path}/p", found["p_value"], ERROR)
        self.same(f"{path}/loglik", [fit.log_likelihood_null, fit.log_likelihood])
        for key, name, tolerance in (
            ("lr", "likelihood_ratio", ERROR),
            ("wald", "wald", TWO_DECIMALS),
            ("score", "score", ERROR),
        ):
            self.same(f"{path}/{key}/test", glance[name], tolerance)
            self.equal(f"{path}/{key}/df", glance["df"])
            self.same(f"{path}/{key}/pvalue", glance[f"{name}_p_value"], ERROR)


def audit(ledger: Ledger, not_covered: NotCovered) -> None:
    """Demand that each leaf is either compared or excused with a reason.

    A pattern excuses as many leaves as it says, so that a new key under it is found as well.
    """
    every, known = set(leaves(ledger.tree)), set(ledger.touched)
    assert not known - every, f"compared, but not stored: {sorted(known - every)}"
    for pattern, (count, reason) in not_covered.items():
        held = {leaf for leaf in every if fnmatchcase(leaf, pattern)}
        assert len(held) == count, f"{pattern} excuses {len(held)} leaves and says {count}: {sorted(held)}"
        assert not held & ledger.touched, f"excused, but compared: {sorted(held & ledger.touched)}"
        assert len(reason) > 10, f"{pattern} is excused without a reason"
        known |= held
    assert not every - known, f"neither compared nor excused: {sorted(every - known)}"


@pytest.fixture(scope="session")
def open_ledger(reference: Path) -> Callable[[str], Ledger]:
    """Open a stored results file of the reference folder by its name."""
    return lambda name: Ledger(reference / "results" / f"{name}.json")


@pytest.fixture(scope="session")
def audited_file() -> Callable[[Path, list[Comparison], NotCovered], None]:
    """Run every comparison of a file, with the folder above its own, and audit what is left."""

    def run(file: Path, comparisons: list[Comparison], not_covered: NotCovered) -> None:
        ledger = Ledger(file)
        for compare in comparisons:
            compare(ledger, file.parents[1])
        audit(ledger, not_covered)

    return run


@pytest.fixture(scope="session")
def audited(reference: Path, audited_file: Callable[..., None]) -> Callable[..., None]:
    """Audit a stored results file of the reference folder by its name."""
    return lambda name, *more: audited_file(reference / "results" / f"{name}.json", *more)
