"""What is asked of an export: which file, of what shape, for whose eyes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from remission.errors import RemissionError

Format = Literal["sav", "zsav", "dta", "csv", "parquet", "redcap"]
Shape = Literal["wide", "long"]
Profile = Literal["internal", "limited", "safe-harbor"]
TableName = Literal["answers", "use", "groups", "calendar", "status"]
NameStyle = Literal["source", "remission"]
FORMATS: tuple[Format, ...] = get_args(Format)
SPSS = ("sav", "zsav")


class ExportRefused(RemissionError):
    """An export that was asked for cannot be made; what stood at its place is as it was."""


@dataclass(frozen=True)
class ExportRequest:
    """An export as it is asked for.

    Attributes
    ----------
    path : pathlib.Path
        The data file; its companions stand beside it under ``<stem>_...``.
    format : {"sav", "zsav", "dta", "csv", "parquet", "redcap"}
    shape : {"wide", "long"}
        One row a participant, or one row a participant and wave. REDCap's records are long always.
    profile : {"internal", "limited", "safe-harbor"}
        What is taken out; see ``profiles``.
    table : {"answers", "use", "groups", "calendar", "status"}
    names : {"source", "remission"}
        Names and codes of the file a variable came in from, or the project's own throughout.
    instruments, waves : tuple of str
        Only these; empty for all.
    scores : bool
        Adds the study's measures.
    plain : bool
        An uncompressed .sav, for SAS.
    with_text : bool
        Keeps answers in free words.
    why : str
        Goes into the audit trail.
    """

    path: Path
    format: Format = "sav"
    shape: Shape = "wide"
    profile: Profile = "limited"
    table: TableName = "answers"
    names: NameStyle = "source"
    instruments: tuple[str, ...] = ()
    waves: tuple[str, ...] = ()
    scores: bool = False
    plain: bool = False
    with_text: bool = False
    replace: bool = False
    why: str = ""

    def __post_init__(self) -> None:
        if not self.path.name:
            raise ExportRefused(f"{self.path} is a folder.", "Give the name of a file.")
        if self.plain and self.format != "sav":
            raise ExportRefused("Only a .sav file is written uncompressed.", "Take --plain out, or write a .sav.")
        if self.format == "redcap" and self.table != "answers":
            raise ExportRefused("REDCap's records hold answers only.", "Write the other tables as CSV.")

    @property
    def is_long(self) -> bool:
        """Tell whether one row is a participant and wave."""
        return self.shape == "long" or self.format == "redcap"

    @property
    def as_it_came(self) -> bool:
        """Tell whether names and codes of source files are used; REDCap's dictionary knows the project's own only."""
        return self.names == "source" and self.format != "redcap"

    def beside(self, ending: str) -> Path:
        """Return the place of a companion, such as ``_codebook.csv``."""
        return self.path.with_name(f"{self.path.stem}{ending}")


def format_of(path: Path) -> Format:
    """Tell the format by the file's ending.

    Raises
    ------
    ExportRefused
        The ending says none.
    """
    ending = path.suffix.lower().lstrip(".")
    for known in FORMATS:
        if ending == known and known != "redcap":
            return known
    raise ExportRefused(
        f"The ending of {path.name} is of no format that can be written.",
        "End it in .sav, .zsav, .dta, .csv or .parquet, or give --format.",
    )
