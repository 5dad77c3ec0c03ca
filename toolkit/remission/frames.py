"""The data frames that pass from room to room: their columns, checked at the door."""

from dataclasses import dataclass

import pandas as pd

from remission.errors import DefinitionError


@dataclass(frozen=True)
class FrameShape:
    """The columns that a frame passed between two rooms always has.

    Parameters
    ----------
    one_row_is : str
        What a row stands for, in words.
    columns : tuple of str
        Columns in their order; further columns may follow.
    key : tuple of str
        Columns that together name a row; no two rows may share them.
    """

    one_row_is: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()

    def empty(self) -> pd.DataFrame:
        """Return a frame of this shape without rows."""
        return pd.DataFrame({name: pd.Series(dtype="object") for name in self.columns})

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame unchanged, or say which column or key is wrong.

        Raises
        ------
        DefinitionError
            A column is missing, or two rows share the key.
        """
        absent = [name for name in self.columns if name not in frame.columns]
        if absent:
            raise DefinitionError(
                f"A table in which one row is {self.one_row_is} has no column {', '.join(absent)}.",
                f"It needs the columns {', '.join(self.columns)}.",
            )
        if self.key and frame.duplicated(list(self.key)).any():
            twice = frame.loc[frame.duplicated(list(self.key)), list(self.key)].iloc[0].to_dict()
            raise DefinitionError(
                f"A table in which one row is {self.one_row_is} has two rows for {twice}.",
                "Keep one of them.",
            )
        return frame
