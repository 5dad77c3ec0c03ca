"""Classes of remission by how long it has lasted."""

import pandas as pd

from remission.errors import DefinitionError

MONTH = 365.25 / 12

SCHEMES = {
    "niaaa": ((0.0, "initial"), (3 * MONTH, "early"), (12 * MONTH, "sustained"), (60 * MONTH, "stable")),
    "dsm5": ((0.0, "not yet"), (3 * MONTH, "early"), (12 * MONTH, "sustained")),
}


def remission_class(days: pd.Series, scheme: str) -> pd.Series:
    """Name the class of remission that a duration falls into.

    Parameters
    ----------
    days : pandas.Series
        Days in remission by participant: since no criterion of the disorder, craving excepted, was met
        (``dsm5``), and for ``niaaa`` without heavy drinking as well. Abstinence is another matter: one can be
        abstinent and not in remission, and the other way round. Missing stays missing.
    scheme : {"niaaa", "dsm5"}
        NIAAA: ``initial`` up to 3 months, ``early`` to less than 1 year, ``sustained`` 1 to 5 years, ``stable``
        above 5 years. DSM-5: ``not yet`` below 3 months, ``early`` from 3 to below 12 months, ``sustained``
        from 12 months on. A month is a twelfth of 365.25 days.

    Raises
    ------
    DefinitionError
        The scheme is none, or a duration is below 0.

    References
    ----------
    Hagman BT and others (2022). Defining recovery from alcohol use disorder: development of an NIAAA research
    definition. doi:10.1176/appi.ajp.21090963
    American Psychiatric Association (2013). Diagnostic and statistical manual of mental disorders, 5th edition.
    doi:10.1176/appi.books.9780890425596

    Examples
    --------
    >>> import pandas as pd
    >>> from remission.outcomes import remission_class
    >>> remission_class(pd.Series([30, 200, 400, 2000]), "niaaa").tolist()
    ['initial', 'early', 'sustained', 'stable']
    """
    if scheme not in SCHEMES:
        raise DefinitionError(f"There is no remission scheme '{scheme}'.", f"Schemes are {', '.join(SCHEMES)}.")
    values = days.astype(float)
    if (values < 0).any():
        raise DefinitionError(
            f"The remission of participant {days.index[values < 0][0]} lasts less than no time.", "Correct the days."
        )
    named = pd.Series(None, index=days.index, dtype=object)
    for start, name in SCHEMES[scheme]:
        # "Up to 3 months" and "above 5 years" leave those very lengths to the class before.
        reached = values > start if name in ("stable",) or (name == "early" and scheme == "niaaa") else values >= start
        named = named.mask(reached, name)
    return named
