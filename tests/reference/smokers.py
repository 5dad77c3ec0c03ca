"""Abstinence of the 50 smokers that abstcal 0.9 ships, as abstcal scores it; run as: smokers.py <folder of CSV files>.

One end visit a call: asked for several at once, abstcal 0.9 moves the results of who missed one to a wrong visit.
"""

import json
import sys
from pathlib import Path
from typing import Any

from abstcal import AbstinenceCalculator, TLFBData, VisitData


def scored(found: Any) -> dict[str, list[int]]:
    values = found.iloc[:, 0]
    return {
        "abstinent": [int(who) for who in values.index[values == 1]],
        "not_abstinent": [int(who) for who in values.index[values == 0]],
    }


def main(folder: Path) -> None:
    days = TLFBData(str(folder / "abstcal_tlfb.csv"))
    visits = VisitData(str(folder / "abstcal_visit.csv"))
    results: dict[str, dict[str, list[int]]] = {}
    for mode in ("itt", "ro"):
        if mode == "ro":
            # Needed for the column that marks which dates are real; "ro" then uses the real ones only.
            visits.impute_data()
        score = AbstinenceCalculator(days, visits)
        for visit in (1, 2, 3, 4):
            for width in (7, 30):
                results[f"{mode} point {width} {visit}"] = scored(score.abstinence_pp(visit, width, mode=mode)[0])
        for visit in (2, 3, 4):
            results[f"{mode} continuous {visit}"] = scored(score.abstinence_cont(1, visit, mode=mode)[0])
            for rule in (False, "5 cigs", "3 days", "3 days/7 days"):
                found = score.abstinence_prolonged(1, visit, rule, mode=mode)[0]
                results[f"{mode} prolonged {rule} {visit}"] = scored(found)
    Path("smokers.json").write_text(json.dumps({"abstcal": "0.9", "results": results}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
