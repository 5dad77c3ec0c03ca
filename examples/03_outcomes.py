"""From reports to an outcome, by a named definition.

Nothing is simulated here: six participants' reports are written out. Expected: the first used on day 50;
the second on day 0; the third is known to be free of use to day 180, because the second report follows the
first without a gap; the fourth only to day 90, because days 91 to 99 were never reported; the fifth to day
20, because silence comes before the use; the sixth cannot be used at all, because nothing was reported from
day 0 on. Silence is neither use nor abstinence.
"""

import pandas as pd

from remission.outcomes import first_use, outcome

definition = outcome("first_use")
print(f"{definition.title} ({definition.name}, version {definition.version})")
print(definition.sentence)
print("Source:", definition.reference, "\n")

reports = pd.DataFrame(
    [
        ("first", 0, 49, "abstinent"),
        ("first", 50, 50, "used"),
        ("second", 0, 0, "used"),
        ("third", 0, 90, "abstinent"),
        ("third", 91, 180, "abstinent"),
        ("fourth", 0, 90, "abstinent"),
        ("fourth", 100, 180, "abstinent"),
        ("fifth", 0, 20, "abstinent"),
        ("fifth", 30, 30, "used"),
        ("sixth", 5, 60, "abstinent"),
    ],
    columns=["participant_id", "start_day", "end_day", "state"],
).assign(substance="any", source="interview")

outcomes = first_use(reports)
print(outcomes[["participant_id", "exit", "event", "ending"]].to_string(index=False))
for reason, count in outcomes.attrs["left_out"]:
    print(f"Left out: {count}, {reason}")
