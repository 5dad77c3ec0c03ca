"""Internal consistency of a scale."""

from collections.abc import Sequence

import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.as_numbers import numbers
from remission.estimate.curves import label, require_level
from remission.estimate.event_data import participants
from remission.estimate.formula import require_columns
from remission.estimate.internal_consistency import Scale, one_scale
from remission.estimate.item_statistics import Bounds, require_bounds
from remission.estimate.record import Check, Estimand, Estimates, Method, Sample

Refused = dict[str, tuple[NotEstimable, int]]


def reliability(
    table: pd.DataFrame,
    items: Sequence[str],
    *,
    by: str | None = None,
    bounds: Bounds | None = None,
    bootstrap: int = 0,
    seed: int = 1,
    conf_level: float = 0.95,
) -> Estimates:
    """Cronbach's alpha with Feldt's interval, McDonald's omega, and how each item goes with the rest.

    Items must already point the same way: reversed items are turned round before. Alpha is a lower
    bound of reliability where items measure one thing, and says nothing about whether they do. Omega
    total is the share of the standardised sum that one common factor makes; it lets items load differently.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is an answer sheet. Covariances use every pair of answers that is there; sheets
        without any answer are left out and counted.
    items : sequence of str
        Columns, two or more.
    by : str, optional
        Column, such as ``"wave"``, for each value of which all rows are given.
    bounds : mapping of str to (float, float), optional
        Lowest and highest possible answer of items; without them, those that were observed in the stratum.
    bootstrap : int
        Samples of sheets behind an interval of omega (percentiles); 0 gives no interval.
    seed : int
        Of the bootstrap.
    conf_level : float

    Returns
    -------
    Estimates
        Rows ``alpha``, ``standardized alpha``, ``average r`` and ``omega``, then with the item as contrast
        ``item-rest correlation``, ``alpha without``, ``loading`` (on the one factor), ``mean``, ``floor``
        and ``ceiling`` (shares of its answers at the bounds) and ``missing`` (share of sheets). Two items
        have no ``alpha without``, ``omega`` and ``loading``. With ``by`` a column ``stratum`` follows; strata
        that cannot carry the estimate are left out, and a check names them.

    Raises
    ------
    NotEstimable
        There are fewer than two items or three sheets, an item never varies, two items are hardly ever
        answered on the same sheet, the sum never varies, or a number is infinite.
    DefinitionError
        A column is absent or holds no numbers, or an answer lies beyond its bounds.

    References
    ----------
    Cronbach LJ (1951), doi:10.1007/BF02310555, as computed by pingouin. Feldt LS, Woodruff DJ,
    Salih FA (1987), doi:10.1177/014662168701100107. Omega total: Revelle W, Zinbarg RE (2009),
    doi:10.1007/s11336-008-9102-z; minimum residuals: Harman HH, Jones WH (1966),
    doi:10.1007/BF02289468, as R's ``psych::fa(fm="minres")``. Floor and ceiling: Terwee CB et al.
    (2007), doi:10.1016/j.jclinepi.2006.03.012.
    """
    names = list(items)
    require_level(conf_level)
    if bootstrap < 0:
        raise DefinitionError(f"bootstrap={bootstrap} is no number of samples.", "Give 0 or more.")
    if by in names:
        raise DefinitionError(f"'{by}' is an item and cannot part the sheets too.", "Choose another column for by.")
    require_columns(table, names + ([by] if by else []))
    answers = numbers(table, names)
    require_bounds(answers, names, bounds)
    strata: dict[str, Scale] = {}
    refused: Refused = {}
    for name, sheets in _parts(table, answers, by):
        try:
            strata[name] = one_scale(sheets, bounds, bootstrap, seed, conf_level)
        except NotEstimable as reason:
            refused[name] = (reason, len(sheets))
    if not strata:
        _refuse(by, refused)
    return Estimates(
        estimand=Estimand("internal consistency", contrast=f"{len(names)} items" + (f" by {by}" if by else "")),
        method=Method(
            "Cronbach's alpha, Feldt interval; omega total of one minimum-residual factor",
            "doi:10.1007/BF02310555, doi:10.1007/s11336-008-9102-z",
            {"conf_level": conf_level, "by": by, "bootstrap": bootstrap, "seed": seed if bootstrap else None},
        ),
        sample=_sample(table, by, strata, refused),
        table=_stacked({name: scale.rows for name, scale in strata.items()}, by),
        checks=_checks(by, strata, refused),
        trace=_stacked({name: scale.trace for name, scale in strata.items()}, by),
    )


def _parts(table: pd.DataFrame, answers: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    """Name each stratum and give its sheets; their index is the place in the table."""
    placed = answers.reset_index(drop=True)
    if by is None:
        return [("", placed)]
    codes, values = pd.factorize(table[by], sort=True)
    if not len(values):
        raise NotEstimable(f"'{by}' has no value.", "Name another column, or leave by out.")
    names = [label(value) for value in values]
    if len(set(names)) < len(names):
        raise NotEstimable(f"Two values of '{by}' read the same.", "Give its values different names.")
    return [(name, placed[codes == code]) for code, name in enumerate(names)]


def _refuse(by: str | None, refused: Refused) -> None:
    name, (reason, _) = next(iter(refused.items()))
    if by is None:
        raise reason
    raise NotEstimable(f"No value of '{by}' can carry it; {by} {name}: {reason.cause}", reason.cure) from reason


def _stacked(pieces: dict[str, pd.DataFrame], by: str | None) -> pd.DataFrame:
    if by is None:
        return pieces[""]
    return pd.concat([piece.assign(stratum=name) for name, piece in pieces.items()], ignore_index=True)


def _sample(table: pd.DataFrame, by: str | None, strata: dict[str, Scale], refused: Refused) -> Sample:
    places = [place for scale in strata.values() for place in scale.sheets.index]
    out = [count for _, count in refused.values()]
    unplaced = int(table[by].isna().sum()) if by else 0
    silent = len(table) - len(places) - sum(out) - unplaced
    reasons = [(f"{by} is missing", unplaced), ("no item was answered", silent)]
    reasons += [(f"{by} {name} cannot carry the estimate", count) for name, count in zip(refused, out, strict=True)]
    carried = tuple(table.attrs.get("left_out", ()))
    left_out = carried + tuple((reason, count) for reason, count in reasons if count)
    return Sample(participants(table.iloc[places]), len(places), left_out=left_out)


def _checks(by: str | None, strata: dict[str, Scale], refused: Refused) -> tuple[Check, ...]:
    """One check of a kind: with strata it names those in which it fails."""
    if by is None:
        return strata[""].checks
    kinds: dict[str, list[tuple[str, Check]]] = {}
    for name, scale in strata.items():
        for check in scale.checks:
            kinds.setdefault(check.name, []).append((name, check))
    merged = [_merged(by, kind, found) for kind, found in kinds.items()]
    words = " ".join(f"{by} {name}: {reason.cause}" for name, (reason, _) in refused.items())
    return (*merged, Check("every stratum carries it", not refused, words or "Every stratum does."))


def _merged(by: str, kind: str, found: list[tuple[str, Check]]) -> Check:
    failed = [(name, check) for name, check in found if not check.passed]
    words = " ".join(f"{by} {name}: {check.sentence}" for name, check in failed or found)
    return Check(kind, not failed, words)
