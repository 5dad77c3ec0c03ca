"""A definition as a table that a person can read."""

import pandas as pd

from remission.survey.definition import Instrument
from remission.survey.possible import describe_allowed


def codebook(instrument: Instrument) -> pd.DataFrame:
    """Lay an instrument out as a table; one row is one item.

    Returns
    -------
    pandas.DataFrame
        Columns ``item question takes reverse scales``.
    """
    return pd.DataFrame(
        [
            {
                "item": item.name,
                "question": item.text or f"[{item.descriptor}]",
                "takes": _takes(instrument, item.name),
                "reverse": "reversed" if item.reverse else "",
                "scales": ", ".join(scale.name for scale in instrument.scales if item.name in scale.items),
            }
            for item in instrument.items
        ]
    )


def _takes(instrument: Instrument, name: str) -> str:
    listed = instrument.item(name).choices
    if listed is None:
        return describe_allowed(instrument, name)
    return "; ".join(f"{choice.value:g} {choice.label}" for choice in instrument.choices[listed])
