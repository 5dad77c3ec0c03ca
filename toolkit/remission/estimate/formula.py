"""Model formulas: the left side names an event or an outcome, the right side is formulaic's."""

import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec, model_matrix
from formulaic.errors import DataMismatchWarning, FormulaicError

from remission.errors import DefinitionError, NotEstimable

RESPONSE = re.compile(r"^(?P<kind>[A-Za-z_]\w*)\((?P<names>[^()]*)\)$")
RANDOM_TERM = re.compile(r"\(([^()|]*(?:\([^()]*\)[^()|]*)*)(\|\|?)\s*([^()|]+)\)")


@dataclass(frozen=True)
class Response:
    """The left side of a formula.

    Attributes
    ----------
    kind : str
        ``"Event"``, ``"Interval"``, or empty for a plain outcome.
    names : tuple of str
        Columns of the table.
    """

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class RandomTerm:
    """One term ``(inner | group)``; ``||`` is taken apart into several uncorrelated ones."""

    inner: str
    group: str


@dataclass(frozen=True)
class Design:
    """A design matrix with what is needed to build it again for new rows.

    Attributes
    ----------
    terms : tuple of str
        Column names, formulaic's.
    matrix : numpy.ndarray, shape (rows, terms)
    spec : formulaic.ModelSpec
    """

    terms: tuple[str, ...]
    matrix: np.ndarray
    spec: ModelSpec

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows, shape (rows, terms), missing values kept as NaN.

        Raises
        ------
        DefinitionError
            A category was not in the fitted table, or a column is absent.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", DataMismatchWarning)
                built = self.spec.get_model_matrix(text_as_objects(table), na_action="ignore")
        except DataMismatchWarning as unknown:
            raise DefinitionError(
                f"The new rows hold a category that the model has not seen: {unknown}.",
                "Leave those rows out, or fit the model with them.",
            ) from unknown
        except FormulaicError as error:
            raise DefinitionError(
                f"The new rows cannot be laid out as the fitted ones were: {error}.",
                f"Give the columns behind {', '.join(self.terms)}.",
            ) from error
        return np.asarray(built[list(self.terms)], dtype=float)

    def columns_by_term(self) -> dict[str, list[int]]:
        """Give the columns that each term of the formula made: ``C(group)`` made one a category but the first."""
        named = {str(term): [self.spec.column_names[j] for j in at] for term, at in self.spec.term_indices.items()}
        found = {term: [self.terms.index(c) for c in made if c in self.terms] for term, made in named.items()}
        return {term: columns for term, columns in found.items() if columns}


@dataclass(frozen=True)
class Frame:
    """The complete rows of a table under a formula.

    Attributes
    ----------
    table : pandas.DataFrame
        Rows without a missing value in any variable of the model.
    left_out : tuple of (str, int)
        Reasons and counts, those carried by the table's own ``attrs`` first.
    """

    table: pd.DataFrame
    left_out: tuple[tuple[str, int], ...]


def split_sides(formula: str) -> tuple[Response, str]:
    """Split a formula into its response and its right side.

    Raises
    ------
    DefinitionError
        There is not exactly one ``~``, or the left side is empty.
    """
    sides = [side.strip() for side in formula.split("~")]
    if len(sides) != 2 or not sides[0] or not sides[1]:
        raise DefinitionError(
            f"The formula {formula!r} needs one '~' with something on both sides.",
            "Write it like 'Event(entry, exit, event) ~ C(group) + engagement'.",
        )
    called = RESPONSE.match(sides[0])
    if called is None:
        return Response("", (sides[0],)), sides[1]
    return Response(called["kind"], tuple(name.strip() for name in called["names"].split(","))), sides[1]


def split_random_terms(right_side: str) -> tuple[str, tuple[RandomTerm, ...]]:
    """Take the random terms ``(1 + x | g)`` out of a right side.

    Returns
    -------
    fixed : str
        The right side without random terms; ``"1"`` where nothing is left.
    random : tuple of RandomTerm
        ``(1 + x || g)`` gives one term for the intercept and one for each slope.
    """
    terms: list[RandomTerm] = []
    for inner, bar, group in RANDOM_TERM.findall(right_side):
        terms += _apart(inner.strip(), group.strip()) if bar == "||" else [RandomTerm(inner.strip(), group.strip())]
    fixed = RANDOM_TERM.sub("", right_side)
    fixed = re.sub(r"\+\s*(?=\+|$)", "", fixed).strip().removeprefix("+").strip()
    return fixed or "1", tuple(terms)


def _apart(inner: str, group: str) -> list[RandomTerm]:
    pieces = [piece.strip() for piece in inner.split("+")]
    slopes = [piece for piece in pieces if piece not in ("0", "1", "-1")]
    intercept = [] if "0" in pieces or "-1" in pieces else [RandomTerm("1", group)]
    return intercept + [RandomTerm(f"0 + {slope}", group) for slope in slopes]


def variables_of(formula: str) -> set[str]:
    """Return the columns that a formula needs, random terms and groups included."""
    response, right = split_sides(formula)
    fixed, random = split_random_terms(right)
    needed = set(response.names) | required(fixed)
    for term in random:
        needed |= required(term.inner) | {term.group}
    return needed


def required(right_side: str) -> set[str]:
    """Return the columns that a right side names.

    Raises
    ------
    DefinitionError
        formulaic cannot read it.
    """
    try:
        return {str(name) for name in Formula(right_side).required_variables}
    except (FormulaicError, SyntaxError, AttributeError) as error:
        raise DefinitionError(
            f"The formula part {right_side!r} cannot be read ({type(error).__name__}).",
            "Use terms like 'age + C(sex) + age:C(sex)'.",
        ) from error


def require_columns(table: pd.DataFrame, names: list[str]) -> None:
    """Refuse a table that lacks a named column.

    Raises
    ------
    DefinitionError
        Names what is absent and what is there.
    """
    absent = [name for name in names if name not in table.columns]
    if absent:
        raise DefinitionError(
            f"The table has no column {', '.join(absent)}.",
            f"It has {', '.join(map(str, table.columns))}.",
        )
    twice = [name for name in names if list(table.columns).count(name) > 1]
    if twice:
        raise DefinitionError(f"The table has two columns called {twice[0]}.", "Give each column a name of its own.")


def complete_rows(table: pd.DataFrame, names: list[str]) -> Frame:
    """Keep the rows of a table in which no named column is missing.

    Raises
    ------
    DefinitionError
        A column is absent.
    """
    require_columns(table, names)
    reasons = list(table.attrs.get("left_out", ()))
    whole = pd.Series(True, index=table.index)
    for name in names:
        gone = table[name].isna() & whole
        if gone.any():
            reasons.append((f"{name} is missing", int(gone.sum())))
            whole &= ~gone
    return Frame(table.copy() if whole.all() else table.loc[whole], tuple(reasons))


def _require_columns_of_every_term(spec: ModelSpec) -> None:
    for term, places in spec.term_indices.items():
        if not places:
            raise NotEstimable(
                f"'{term}' has one value only among the rows that can be used, so it has no effect to estimate.",
                "Leave it out of the model.",
            )


def build_design(right_side: str, table: pd.DataFrame, intercept: bool) -> Design:
    """Build the design matrix of a right side.

    Parameters
    ----------
    right_side : str
    table : pandas.DataFrame
        Complete rows.
    intercept : bool
        Whether the constant column is kept; Cox models absorb it.

    Raises
    ------
    DefinitionError
        formulaic cannot build it, or a column of it is not finite.
    """
    present = text_as_objects(table)
    # formulaic searches other labels for repeats, which takes longer than the matrix; nobody reads them here.
    present.index = pd.RangeIndex(len(present))
    for name in present.select_dtypes("category").columns:
        present[name] = present[name].cat.remove_unused_categories()
    try:
        built: Any = model_matrix(right_side, present, na_action="ignore")
    except (FormulaicError, ValueError) as error:
        told = str(error).rstrip(".")
        raise DefinitionError(
            f"The formula part {right_side!r} cannot be built from the table: {told}.",
            "Check the names and kinds of its columns.",
        ) from error
    _require_columns_of_every_term(built.model_spec)
    terms = tuple(str(name) for name in built.columns if intercept or name != "Intercept")
    matrix = np.asarray(built[list(terms)], dtype=float)
    infinite = np.flatnonzero(~np.isfinite(matrix).all(axis=0))
    if infinite.size:
        raise DefinitionError(
            f"'{terms[infinite[0]]}' holds values that are no finite numbers.",
            "Leave those rows out, or change the transformation.",
        )
    return Design(terms, matrix, built.model_spec)


def text_as_objects(table: pd.DataFrame) -> pd.DataFrame:
    """Copy a table, with pandas' string columns as the kind that formulaic takes for categories."""
    names = [str(name) for name, kind in table.dtypes.items() if isinstance(kind, pd.StringDtype)]
    return table.assign(**{name: table[name].astype(object) for name in names})
