"""What is asked, and how answers become scores.

Nothing is simulated here: three participants' answers to the recovery identity items are written out.
Expected: the first one's score is the mean of the four items, (6 + 7 + 5 + 6) / 4 = 6; the second left an
item out and gets no score, because this scale asks for all four; the third answered 1 throughout and has
the lowest score there is.
"""

import pandas as pd

from remission.survey import available, instrument, score

print("Instruments at hand:", ", ".join(available()))

identity = instrument("recovery_identity")
items = identity.scale("identity").items
print(f"\n{identity.title}, version {identity.version}: {len(items)} items in the scale")
print("After:", identity.citation.text)

SHEETS = {"first": (6, 7, 5, 6), "second": (4, 4, None, 5), "third": (1, 1, 1, 1)}
answers = pd.DataFrame(
    [
        (
            who,
            "baseline",
            0,
            identity.name,
            identity.version,
            item,
            value,
            "skipped" if value is None else None,
        )
        for who, values in SHEETS.items()
        for item, value in zip(items, values, strict=True)
    ],
    columns=["participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason"],
)
scores = score(identity, answers, scale="identity")
print()
print(scores[["participant_id", "score", "n_answered", "n_items"]].to_string(index=False))
