"""What few people changed since the release before waits: the counts that they move would tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from remission.disclosure import Dimension, Earlier
from remission.errors import ReleaseRefused


@dataclass(frozen=True)
class Settled:
    """The people of a release after small changes were put off.

    Attributes
    ----------
    people : pandas.DataFrame
        Index: keyed hashes. A column of leaves for each dimension.
    newcomers : int
        People left out until there are enough of them.
    carried : tuple of str
        Dimensions that are as they were in the release before.
    """

    people: pd.DataFrame
    newcomers: int
    carried: tuple[str, ...]


def settle(
    people: pd.DataFrame, dimensions: Sequence[Dimension], earlier: Sequence[Earlier], threshold: int = 11
) -> Settled:
    """Put off what fewer than ``threshold`` people changed since the last release.

    Hiding the counts that a few people moved keeps the counts, but what is hidden says where those people are. So few
    newcomers wait, and a dimension in which few people moved is shown as it was.

    Parameters
    ----------
    people : pandas.DataFrame
        Index: keyed hashes.
    dimensions : sequence of Dimension
    earlier : sequence of Earlier
    threshold : int

    Raises
    ------
    ReleaseRefused
        People left the study's releases, and fewer than ``threshold`` came or went: nothing could be shown as it was.
    """
    if not earlier:
        return Settled(people, 0, ())
    past = max(earlier, key=lambda each: each.number)
    came, went = people.index.difference(past.people.index), past.people.index.difference(people.index)
    if 0 < len(came) + len(went) < threshold:
        if len(went):
            raise ReleaseRefused(
                f"Fewer than {threshold} people came or went since release {past.number}, and some of them went.",
                "Wait until more have changed.",
            )
        people = people.drop(index=came)
    else:
        came = came[:0]
    then = {each.name: each for each in past.dimensions}
    both = people.index.intersection(past.people.index)
    fresh = len(people) - len(both) + len(went)
    settled, carried = people.copy(), []
    for dimension in dimensions:
        if then.get(dimension.name) != dimension:
            continue
        old = past.people.loc[both, dimension.name]
        moved = int((old != people.loc[both, dimension.name]).sum())
        if 0 < moved + fresh < threshold:
            settled.loc[both, dimension.name] = old
            carried.append(dimension.name)
    return Settled(settled, len(came), tuple(carried))
