"""Which value of a grouping variable the others are held against."""

import pandas as pd

from remission.errors import NotEstimable


def against(table: pd.DataFrame, by: str, reference: str) -> pd.DataFrame:
    """Put one value first, so that every estimator compares the others with it.

    Rows without a value are left out and stand in ``attrs["left_out"]``.

    Raises
    ------
    NotEstimable
        Nobody has the reference value, or nobody another one.
    """
    known = table[table[by].notna()]
    values = known[by].astype(object).map(str)
    if reference not in set(values):
        present = ", ".join(sorted(values.unique())) or "nothing"
        raise NotEstimable(f"No participant has '{reference}' of '{by}'.", f"Present: {present}.")
    ordered = known[by].cat.categories.map(str) if isinstance(known[by].dtype, pd.CategoricalDtype) else ()
    others = [value for value in (*ordered, *sorted(values.unique())) if value in set(values) and value != reference]
    if not others:
        raise NotEstimable(f"Every participant has '{reference}' of '{by}'.", "There is nothing to compare.")
    order = pd.CategoricalDtype([reference, *dict.fromkeys(others)])
    placed = known.assign(**{by: values.astype(order)}).reset_index(drop=True)
    absent = len(table) - len(known)
    reasons = tuple(table.attrs.get("left_out", ()))
    placed.attrs = {**table.attrs, "left_out": (*reasons, *(((f"'{by}' is not known", absent),) if absent else ()))}
    return placed
