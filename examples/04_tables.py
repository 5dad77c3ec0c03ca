"""Analysis tables: the same cohort in four shapes, and one shape that is refused.

Simulated: 300 participants whose involvement in mutual help changes from wave to wave. Expected: the time
at risk and the events are the same whether a participant is one row or is cut at every interview; a
landmark at month 6 keeps those still free of use; involvement at month 6 is refused as an explanation of
what happened before it was known.
"""

import tempfile
from pathlib import Path

from remission.cohort import create_study
from remission.errors import ImmortalTime
from remission.simulate import record_simulated
from remission.tables import check_timeline, landmark, repeated, risk_interval, time_to_event

with tempfile.TemporaryDirectory() as folder:
    study = create_study(Path(folder) / "study", "engagement")
    record_simulated(study, 300, seed=2)

    whole = time_to_event(study, covariates=["group", "involvement"])
    pieces = check_timeline(risk_interval(study, exposures=["involvement"], covariates=["group"]))
    for name, table in (("one row a participant", whole), ("cut at interviews", pieces)):
        events, days = table["event"].sum(), (table["exit"] - table["entry"]).sum()
        print(f"{name:<22} {len(table):>4} rows {events:>4} events {days:>8.0f} days at risk")

    later = landmark(study, 183, covariates=["involvement"])
    print(f"\nFollowed and free of use beyond day 183: {len(later)} of {len(whole)}")
    for reason, count in later.attrs["left_out"]:
        print(f"  left out: {count}, {reason}")

    waves = repeated(study, measures=["identity", "confidence"])
    print("\n" + waves.groupby("months")[["identity", "confidence"]].mean().round(2).to_string())

    try:
        time_to_event(study, covariates=["involvement@month_6"])
    except ImmortalTime as refusal:
        print(f"\nRefused. {refusal}")
