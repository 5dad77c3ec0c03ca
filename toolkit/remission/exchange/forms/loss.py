"""What did not fit when a form went into a file or came out of one, in words."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Loss:
    """One thing that a file could not carry or that was not taken from it.

    Attributes
    ----------
    where : str
        The form, field, row or sheet.
    what : str
        What is not there, and what stands in its place if anything does.
    """

    where: str
    what: str


class Losses(list[Loss]):
    """All that did not fit, in the order in which it was met."""

    def add(self, where: str, what: str) -> None:
        """Note one loss."""
        self.append(Loss(where, what))

    def as_frame(self) -> pd.DataFrame:
        """Return the losses as a table; one row is a loss.

        Returns
        -------
        pandas.DataFrame
            Columns ``where what``.
        """
        return pd.DataFrame([(loss.where, loss.what) for loss in self], columns=["where", "what"], dtype=object)
