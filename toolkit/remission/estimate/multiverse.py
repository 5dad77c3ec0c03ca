"""One estimator over several tables, each made under another outcome definition."""

from collections.abc import Callable, Mapping

import pandas as pd

from remission.errors import DefinitionError, NotEstimable, RemissionError
from remission.estimate.record import Check, Estimand, Estimates, Method, Result, Sample

COLUMNS = (
    "definition",
    "term",
    "contrast",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "participants",
    "events",
    "note",
)


def multiverse(estimator: Callable[[pd.DataFrame], Result], tables: Mapping[str, pd.DataFrame]) -> Estimates:
    """Estimate the same under every definition of the outcome.

    Results move more with the definition than with the model; so all of them are shown, none is chosen.

    Parameters
    ----------
    estimator : callable
        Takes a table and returns a result, for instance ``lambda t: cox("Event(exit, event) ~ C(group)", t)``.
    tables : mapping of str to pandas.DataFrame
        The analysis table under each definition, by its name.

    Returns
    -------
    Estimates
        One row is a term under a definition: ``definition term contrast estimate std_error conf_low conf_high
        participants events note``, on the estimator's own scale. ``note`` holds failed checks, or why there is
        no estimate under that definition.

    Raises
    ------
    DefinitionError
        There is no table.
    NotEstimable
        No definition gives an estimate.

    References
    ----------
    Steegen S, Tuerlinckx F, Gelman A, Vanpaemel W (2016). Increasing transparency through a multiverse analysis.
    doi:10.1177/1745691616658637
    """
    if not tables:
        raise DefinitionError("There is no table.", "Give one a definition.")
    asked = {name: _ask(estimator, table) for name, table in tables.items()}
    found = [answer for answer in asked.values() if isinstance(answer, Result)]
    failed = {name: str(answer) for name, answer in asked.items() if not isinstance(answer, Result)}
    if not found:
        name, sentence = next(iter(failed.items()))
        raise NotEstimable(f"No definition gives an estimate; for {name}: {sentence}", "Mend the question first.")
    tidy = pd.concat([_rows(name, answer) for name, answer in asked.items()], ignore_index=True)
    first = found[0]
    words = f"No estimate under {', '.join(failed)}." if failed else "Every definition gives an estimate."
    return Estimates(
        estimand=Estimand(first.estimand.quantity, "the event under each definition", contrast=first.estimand.contrast),
        method=Method(
            f"multiverse of: {first.method.name}",
            "Steegen et al. 2016, doi:10.1177/1745691616658637",
            {**first.method.options, "definitions": tuple(tables)},
        ),
        sample=Sample(max(one.sample.participants for one in found), max(one.sample.rows for one in found)),
        table=tidy,
        checks=(Check("every definition estimated", not failed, words), _same_side(tidy)),
    )


def _ask(estimator: Callable[[pd.DataFrame], Result], table: pd.DataFrame) -> Result | RemissionError:
    try:
        return estimator(table)
    except RemissionError as error:
        return error


def _rows(name: str, answer: Result | RemissionError) -> pd.DataFrame:
    if not isinstance(answer, Result):
        return pd.DataFrame([{"definition": name, "note": str(answer)}]).reindex(columns=list(COLUMNS))
    note = " ".join(check.sentence for check in answer.checks if not check.passed)
    tidy = answer.tidy()
    if "stratum" in tidy.columns:
        raise DefinitionError("The estimator gives a curve.", "Take one that gives terms, as fixed_day_difference.")
    head = {"participants": answer.sample.participants, "events": answer.sample.events, "note": note}
    return tidy.assign(definition=name, **head).reindex(columns=list(COLUMNS))


def _same_side(tidy: pd.DataFrame) -> Check:
    """Look for terms whose estimates differ between definitions by more than their intervals."""
    apart = []
    for (term, contrast), rows in tidy.dropna(subset=["conf_low", "conf_high"]).groupby(
        ["term", "contrast"], sort=False, dropna=False
    ):
        if len(rows) > 1 and float(rows["conf_low"].max()) > float(rows["conf_high"].min()):
            apart.append(f"{term} {contrast}".strip() if isinstance(contrast, str) else str(term))
    words = "For every term the intervals of all definitions overlap."
    if apart:
        words = f"Between definitions the intervals do not even overlap for {', '.join(dict.fromkeys(apart))}."
    return Check("definitions agree", not apart, words)
