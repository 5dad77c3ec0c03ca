"""A study's protocol, its versions and what was brought in, in words and tables."""

import pandas as pd

from remission.cohort import Protocol, Wave
from remission.report.numbers import count, listing, plain

ANCHORS = {"day_0": "day 0", "discharge": "discharge", "last_visit": "the last interview"}


def wave_table(protocol: Protocol) -> pd.DataFrame:
    """Write the waves: when each is planned and allowed, and what is asked."""
    return pd.DataFrame(
        [
            {
                "Wave": plain(wave.name),
                "Planned": f"day {wave.day} from {ANCHORS[wave.anchor]}",
                "Allowed": f"{wave.first_day} to {wave.last_day}",
                "Asked": "retired" if wave.retired else _asked(protocol, wave),
            }
            for wave in protocol.waves
        ]
    )


def measure_table(protocol: Protocol) -> pd.DataFrame:
    """Write the measures: which score of which instrument each is."""
    return pd.DataFrame(
        [
            {
                "Measure": measure.label + (f", about {plain(measure.about)}" if measure.about else ""),
                "Name": name,
                "Instrument": plain(measure.instrument),
                "Score": plain(measure.scale),
            }
            for name, measure in protocol.measures.items()
        ]
    )


def version_table(history: pd.DataFrame) -> pd.DataFrame:
    """Write the protocol's versions; as from ``cohort.amending.protocol_history``."""
    return pd.DataFrame(
        {
            "Holds from": [
                "the beginning" if place == 0 else f"{day}" for place, day in enumerate(history["effective_on"])
            ],
            "Recorded": [f"{moment:%Y-%m-%d}" for moment in history["recorded_at"]],
            "By": history["who"],
            "Why": [reason or "" for reason in history["reason"]],
        }
    )


def batch_table(batches: pd.DataFrame) -> pd.DataFrame:
    """Write what was brought in, the newest first; as from ``cohort.batches``."""
    newest = batches.iloc[::-1]
    return pd.DataFrame(
        {
            "Batch": newest["id"],
            "Kind": [plain(kind) for kind in newest["kind"]],
            "File": [name or "" for name in newest["file_name"]],
            "New facts": newest["rows"],
            "Recorded": [f"{moment:%Y-%m-%d %H:%M} UTC" for moment in newest["recorded_at"]],
            "Undone": ["" if pd.isna(moment) else f"{moment:%Y-%m-%d}" for moment in newest["undone_at"]],
        }
    )


def batch_sentence(batches: pd.DataFrame) -> str:
    """Say how much was brought in and how much of it was undone; as from ``cohort.batches``."""
    undone = int(batches["undone_at"].notna().sum())
    kept = batches[batches["undone_at"].isna()]
    told = count(len(batches), "batch was", "batches were")
    facts = count(int(kept["rows"].sum()), "fact", "facts")
    return f"{told} brought in, {undone} of them undone; those that stand hold {facts}."


def _asked(protocol: Protocol, wave: Wave) -> str:
    if wave.instruments:
        return listing([plain(name) for name in wave.instruments])
    forms = protocol.asking.forms if protocol.asking else {}
    named = dict.fromkeys(form.instrument for key in ("every", *wave.names) for form in forms.get(key, ()))
    return listing([plain(name) for name in named]) if named else "as it comes in"
