"""Draw every cohort anew and store how often intervals held the truth: ``python tests/coverage``."""

import json
from pathlib import Path

import simulated_cohorts


def main() -> None:
    """Write ``figures.json``."""
    text = json.dumps(simulated_cohorts.stored_form(), indent=2)
    (Path(__file__).resolve().parent / "figures.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
