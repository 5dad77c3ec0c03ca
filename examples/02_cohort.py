"""A study folder, and a cohort in its database.

Simulated: 200 participants of five mutual-help groups, interviewed at 0, 3, 6, 12 and 24 months; about 6 in
100 of those still there are lost at each wave. Expected: all 200 at baseline and fewer at every wave after
it; recording the same cohort a second time changes nothing.
"""

import tempfile
from pathlib import Path

from remission.cohort import answers, create_study, participants
from remission.simulate import record_simulated

with tempfile.TemporaryDirectory() as folder:
    study = create_study(Path(folder) / "study", "engagement")
    print("A study folder holds:", ", ".join(sorted(path.name for path in study.path.iterdir())))
    print("Day 0 is", study.protocol.time_origin)

    print("\nFirst time: ", record_simulated(study, 200, seed=1).sentence)
    print("Second time:", record_simulated(study, 200, seed=1).sentence)

    seen = answers(study).groupby("wave")["participant_id"].nunique()
    print(f"\nInterviews of {len(participants(study))} participants:")
    for wave in study.protocol.waves:
        print(f"  {wave.name:<9} {seen[wave.name]:>4}")
