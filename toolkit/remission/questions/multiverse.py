"""One estimate under every outcome definition that a study names."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.errors import RemissionError
from remission.estimate import cox, kaplan_meier
from remission.estimate.formula import required
from remission.outcomes import OutcomeDefinition
from remission.tables import definition_of, time_to_event
from remission.tables.covariates import covariates_at

# A hazard ratio beyond e^15 is a group without an event, not an effect.
RUNAWAY = 15.0
COLUMNS = (
    "definition",
    "participants",
    "events",
    "free",
    "free_low",
    "free_high",
    "term",
    "hazard_ratio",
    "conf_low",
    "conf_high",
    "problem",
)


def definitions_of(study: Study, names: Sequence[str] = ()) -> tuple[OutcomeDefinition, ...]:
    """Return the definitions to set side by side: those named, else the study's own with ``outcome.also``.

    Raises
    ------
    DefinitionError
        One of them does not exist.
    """
    chosen = study.protocol.outcome
    wanted = names or (chosen.definition, *chosen.own, *chosen.also)
    return tuple(definition_of(study, name) for name in dict.fromkeys(wanted))


def multiverse(
    study: Study,
    terms: str = "",
    day: int = 180,
    names: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Estimate the same under every definition: results move more with the definition than with the model.

    Parameters
    ----------
    study : Study
    terms : str
        Right side of a Cox model on what is known at day 0; the study's first question of that kind where empty.
    day : int
        Day on which the curve is read.
    names : sequence of str
        Definitions; those of study.yaml where empty.
    progress : callable, optional
        Called with (done, total) after each definition.

    Returns
    -------
    pandas.DataFrame
        One row is a term under a definition: ``definition participants events`` (with an outcome under it), ``free
        free_low free_high`` (share without the event on the day), ``term hazard_ratio conf_low conf_high problem``;
        ``problem`` says why there is no estimate, or what check it failed.
    """
    asked = terms or (study.protocol.questions.cox[0] if study.protocol.questions.cox else "")
    chosen = definitions_of(study, names)
    # A covariate that the study does not have is wrong under every definition.
    covariates_at(study, sorted(required(asked)) if asked else ())
    rows: list[dict[str, object]] = []
    for done, definition in enumerate(chosen, start=1):
        rows += _of_definition(study, definition, asked, day)
        if progress:
            progress(done, len(chosen))
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    found.attrs = {"terms": asked, "day": day, "definitions": chosen}
    return found


def _of_definition(study: Study, definition: OutcomeDefinition, terms: str, day: int) -> list[dict[str, object]]:
    head: dict[str, object] = {"definition": definition.name}
    try:
        table = time_to_event(study, sorted(required(terms)) if terms else (), definition)
        head |= {"participants": len(table), "events": int(table["event"].sum())}
        read = kaplan_meier(table).at([day]).iloc[0]
        known = read["n_at_risk"] > 0 or read["estimate"] == 0
        head |= {
            name: float(read[column]) if known else np.nan
            for name, column in (("free", "estimate"), ("free_low", "conf_low"), ("free_high", "conf_high"))
        }
        if not terms:
            return [head]
        fit = cox(f"Event(exit, event) ~ {terms}", table)
    except RemissionError as error:
        return [{**head, "problem": f"{error.cause} {error.cure}"}]
    failed = " ".join(check.sentence for check in fit.checks if not check.passed)
    found = _ratios(fit.tidy()).assign(problem=failed or None)
    return [{**head, **{str(name): value for name, value in row.items()}} for row in found.to_dict("records")]


def _ratios(terms: pd.DataFrame) -> pd.DataFrame:
    """Return hazard ratios with their limits, missing where the estimate runs away."""
    tame = (terms["estimate"].abs() <= RUNAWAY) & (terms["std_error"] <= RUNAWAY)
    logs = terms[["estimate", "conf_low", "conf_high"]].where(tame)
    ratios = pd.DataFrame(np.exp(logs.to_numpy()), columns=["hazard_ratio", "conf_low", "conf_high"])
    return ratios.assign(term=terms["term"].to_numpy())
