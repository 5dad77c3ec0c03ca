"""One estimate under what may have become of those who were lost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable, RemissionError
from remission.estimate.curves import label
from remission.estimate.fates import free_to, relapsed_at_contact, relapsed_at_end, smallest_share
from remission.estimate.record import Check, Method, Result
from remission.estimate.step_curve import Curve

Estimator = Callable[[pd.DataFrame], Result]
LOST = ("lost", "unreported", "gap", "withdrawal")
COLUMNS = ("scenario", "term", "contrast", "estimate", "conf_low", "conf_high", "participants", "events", "note")
AS_GIVEN = "as given"
WINDOW_ENDED = "administrative"


@dataclass(frozen=True, kw_only=True)
class StressPanel(Result):
    """An estimate under several fates of the lost.

    Attributes
    ----------
    believe : tuple of str
        What one would have to believe for the conclusion to change, a sentence for each group.
    """

    believe: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return the result as text, with what one would have to believe."""
        return super().summary() + "".join(f"{sentence}\n" for sentence in self.believe)


def stress_panel(
    estimator: Estimator,
    table: pd.DataFrame,
    *,
    window_end: float,
    by: str | None = None,
    lost: Sequence[str] = LOST,
    at: float | None = None,
    weighted: Estimator | None = None,
    term: str | None = None,
    null: float = 0.0,
    seed: int = 0,
    exit: str = "exit",
    event: str = "event",
    ending: str = "ending",
) -> StressPanel:
    """Estimate the same as given, for complete cases, and with the lost as relapsed or as free.

    Parameters
    ----------
    estimator : callable
        Takes a table and returns a result, for instance ``lambda t: cox("Event(exit, event) ~ C(group)", t)``.
    table : pandas.DataFrame
        One row is a participant; ``ending`` tells why observation ended.
    window_end : float
        Last day of the window that the question is about: whoever is followed longer is followed to it, and only
        those lost by then are lost.
    by : str, optional
        Column of groups: adds, for each group, its lost relapsed while all others' stayed free, and the reverse.
    lost : sequence of str
        Endings that count as lost.
    at : float, optional
        Day on which to read a result that is a curve.
    weighted : callable, optional
        The same question with inverse probability of censoring weights (``censoring_weights``), given the table.
    term : str, optional
        Term for whose interval ``believe`` asks; where not given ``difference``, or the first of the result.
    null : float
        Value of no effect: 0 for differences and logs of ratios, 1 for ratios.
    seed : int
        Who of the lost relapses first, in the search for the share that changes the conclusion.
    exit, event, ending : str
        Columns.

    Returns
    -------
    StressPanel
        One row is a term in a scenario: ``scenario term contrast estimate conf_low conf_high participants events
        note``. Scenarios: as given (the lost censored at their last contact); complete cases (without them); lost =
        relapsed at last contact; lost = relapsed at the window's end; the bounds by group; weights. One that cannot
        be estimated keeps its reason as note. ``believe`` names, by group, the smallest share of the lost who would
        need to have relapsed at their last contact for the interval to include no effect where it did not, or to
        exclude it where it did; who relapses first is drawn by ``seed``. Curves have no such sentences.

    Raises
    ------
    NotEstimable
        The question has no answer for the table as given.
    DefinitionError
        A column is absent, or the result is a curve and ``at`` is not given.

    References
    ----------
    Hallgren KA, Witkiewitz K (2013). Missing data in alcohol clinical trials. doi:10.1111/acer.12205
    """
    absent = [name for name in (exit, event, ending, *([by] if by else [])) if name not in table.columns]
    if absent:
        raise DefinitionError(f"The table has no column {absent[0]}.", "A stress panel needs exit, event and ending.")
    table = _within(table, window_end, (exit, event, ending))
    gone = (table[ending].isin(list(lost)) & (table[event].astype(float) == 0)).to_numpy()
    plain = _Question(estimator, at)
    given = plain.ask(table)
    rows = [_rows(AS_GIVEN, given)]
    for name, changed in _scenarios(table, gone, window_end, by, (exit, event)):
        rows.append(_try(name, plain, changed))
    if weighted is not None:
        rows.append(_try("inverse probability of censoring weights", _Question(weighted, at), table))
    source, terms = given[1], given[0]["term"].astype(str)
    chosen = term or ("difference" if (terms == "difference").any() else str(terms.iloc[0]))
    conclusion = _Conclusion(plain, chosen, null, (exit, event), seed)
    return StressPanel(
        estimand=source.estimand,
        method=Method(
            f"stress panel of: {source.method.name}",
            "Hallgren and Witkiewitz 2013, doi:10.1111/acer.12205",
            {"window_end": window_end, "lost": tuple(lost), "by": by, "at": at, "seed": seed, "term": chosen},
        ),
        sample=source.sample,
        table=pd.concat(rows, ignore_index=True)[list(COLUMNS)],
        checks=_checks(gone, source),
        believe=() if isinstance(source, Curve) else tuple(_believe(conclusion, table, gone, by)),
    )


def _within(table: pd.DataFrame, end: float, names: tuple[str, str, str]) -> pd.DataFrame:
    """End follow-up with the window."""
    exit, event, ending = names
    beyond = pd.to_numeric(table[exit], errors="coerce") > end
    if not beyond.any():
        return table
    changed = table.assign(
        **{
            exit: table[exit].where(~beyond, end),
            event: table[event].where(~beyond, 0),
            ending: table[ending].astype(object).where(~beyond, WINDOW_ENDED),
        }
    )
    changed.attrs = dict(table.attrs)
    return changed


@dataclass(frozen=True)
class _Question:
    estimator: Estimator
    at: float | None

    def ask(self, table: pd.DataFrame) -> tuple[pd.DataFrame, Result]:
        found = self.estimator(table)
        if not isinstance(found, Curve):
            return found.tidy(), found
        if self.at is None:
            raise DefinitionError("The result is a curve.", "Say on which day to read it: at=180.")
        read = found.at([self.at])
        return read.assign(term=read["stratum"], contrast=f"day {self.at:g}"), found

    def interval(self, table: pd.DataFrame, term: str) -> tuple[float, float]:
        read = self.ask(table)[0]
        mine = read[read["term"].astype(str) == term]
        if mine.empty:
            raise DefinitionError(f"The result has no term '{term}'.", f"It has {', '.join(map(str, read['term']))}.")
        return float(mine["conf_low"].iloc[0]), float(mine["conf_high"].iloc[0])


def _scenarios(
    table: pd.DataFrame, gone: np.ndarray, end: float, by: str | None, names: tuple[str, str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "complete cases", table[~gone]
    yield "lost = relapsed at last contact", relapsed_at_contact(table, gone, names)
    yield "lost = relapsed at the window's end", relapsed_at_end(table, gone, end, names)
    if by is None:
        yield "lost = free to the window's end", free_to(table, gone, end, names)
        return
    for value in pd.unique(table[by].dropna()):
        mine = gone & (table[by] == value).to_numpy()
        others = gone & ~mine
        worst = free_to(relapsed_at_contact(table, mine, names), others, end, names)
        best = relapsed_at_contact(free_to(table, mine, end, names), others, names)
        yield f"worst for {label(value)}: its lost relapsed at last contact, all others' stayed free", worst
        yield f"best for {label(value)}: its lost stayed free, all others' relapsed at last contact", best


def _rows(scenario: str, answer: tuple[pd.DataFrame, Result], note: str = "") -> pd.DataFrame:
    read, found = answer
    failed = " ".join(check.sentence for check in found.checks if not check.passed)
    kept = read.assign(
        scenario=scenario,
        participants=found.sample.participants,
        events=found.sample.events,
        note=note or failed,
    )
    return kept.reindex(columns=list(COLUMNS))


def _try(scenario: str, question: _Question, table: pd.DataFrame) -> pd.DataFrame:
    try:
        return _rows(scenario, question.ask(table))
    except RemissionError as error:
        return pd.DataFrame([{"scenario": scenario, "note": f"{error.cause} {error.cure}"}]).reindex(
            columns=list(COLUMNS)
        )


def _checks(gone: np.ndarray, source: Result) -> tuple[Check, ...]:
    said = f"{int(gone.sum())} of {len(gone)} participants are lost; the scenarios differ in them alone."
    few = bool(gone.mean() <= 0.2) if len(gone) else True
    many = "More than a fifth is lost: no scenario should be taken for the answer." if not few else said
    return (*source.checks, Check("share of the lost", few, many))


@dataclass(frozen=True)
class _Conclusion:
    question: _Question
    term: str
    null: float
    names: tuple[str, str]
    seed: int

    def shown(self, table: pd.DataFrame) -> bool:
        low, high = self.question.interval(table, self.term)
        return low > self.null or high < self.null

    def needed(self, table: pd.DataFrame, lost: np.ndarray, shown: bool) -> int | None:
        """Find how many of the lost must relapse for the interval to change sides."""

        def changes(relapsed: np.ndarray) -> bool:
            try:
                return self.shown(relapsed_at_contact(table, relapsed, self.names)) != shown
            except NotEstimable:
                return False

        return smallest_share(lost, changes, self.seed)


def _believe(conclusion: _Conclusion, table: pd.DataFrame, gone: np.ndarray, by: str | None) -> Iterator[str]:
    shown = conclusion.shown(table)
    groups = [("", gone)]
    if by is not None:
        values = pd.unique(table[by].dropna())
        groups = [(f" in {label(value)}", gone & (table[by] == value).to_numpy()) for value in values]
    now, then = ("excludes", "include") if shown else ("includes", "exclude")
    for where, lost in groups:
        count = int(lost.sum())
        needed = conclusion.needed(table, lost, shown) if count else None
        if not count:
            yield f"Nobody is lost{where}."
        elif needed is None:
            yield (
                f"Even if all {count} lost{where} had relapsed at their last contact, the interval of "
                f"{conclusion.term}, which {now} no effect, would not {then} it."
            )
        else:
            yield (
                f"The interval of {conclusion.term} {now} no effect. For it to {then} no effect you would have to "
                f"believe that {needed} of the {count} lost{where} ({100 * needed / count:.0f} %) relapsed at their "
                "last contact."
            )
