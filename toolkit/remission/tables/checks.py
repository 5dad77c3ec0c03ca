"""Plain words for a broken timeline, after ``survcheck`` of R's survival package.

A participant at risk has to be somewhere and cannot be in two places at once.
"""

import numpy as np
import pandas as pd

from remission.errors import BrokenTimeline

WORDS = {
    "overlap": "is at risk twice at the same time",
    "gap": "is nowhere between two stretches",
    "jump": "had the event, then after a pause is at risk again",
    "teleport": "had the event and is at risk again at once",
}


def timeline_problems(table: pd.DataFrame) -> pd.DataFrame:
    """Find broken timelines in a counting-process table with one event a participant.

    Parameters
    ----------
    table : pandas.DataFrame
        ``participant_id entry exit event``.

    Returns
    -------
    pandas.DataFrame
        One row is a problem: ``participant_id entry problem sentence``; empty where all is sound.
    """
    ordered = table.sort_values(["participant_id", "entry", "exit"], kind="stable")
    person = ordered["participant_id"]
    same = person.eq(person.shift())
    reached = ordered.groupby("participant_id")["exit"].cummax()
    before, had_event = reached.shift(), ordered["event"].shift().eq(1)
    apart = ordered["entry"] > before
    kind = np.select(
        [
            same & (ordered["entry"] < before),
            same & apart & had_event,
            same & ~apart & had_event,
            same & apart,
        ],
        ["overlap", "jump", "teleport", "gap"],
        "",
    )
    found = ordered.assign(problem=kind)[kind != ""]
    sentences = [
        f"Participant {row.participant_id} {WORDS[str(row.problem)]} (day {row.entry:g})." for row in found.itertuples()
    ]
    problems = pd.DataFrame(found[["participant_id", "entry", "problem"]])
    return problems.assign(sentence=sentences).reset_index(drop=True)


def check_timeline(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table unchanged if every timeline is whole.

    Raises
    ------
    BrokenTimeline
        Names the first participant with an overlap, gap, jump or teleport, and how many there are.
    """
    problems = timeline_problems(table)
    if not problems.empty:
        first = problems.iloc[0]
        raise BrokenTimeline(
            f"{first['sentence'].removesuffix('.')}: {first['problem']}, the first of {len(problems)}.",
            "Mend the entry and exit days of the stretches.",
        )
    return table
