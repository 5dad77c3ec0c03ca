"""From a file on the disk to its profile."""

from collections.abc import Callable, Iterable
from pathlib import Path

from remission.exchange.files import open_file
from remission.exchange.profile.profile import Profile


def profile_file(
    path: Path,
    known_months: Iterable[float] = (),
    encoding: str | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Profile:
    """Read a data file once, piece by piece, and profile it.

    Parameters
    ----------
    path : pathlib.Path
    known_months : iterable of float
        Months of the study's waves, where there is a study.
    encoding : str, optional
        Overrules what the file declares.
    progress : callable, optional
        Called with rows done and rows in all, None where the file does not say.

    Raises
    ------
    UnreadableFile
        The file cannot be read.
    """
    with open_file(path, encoding=encoding, progress=progress) as reading:
        profile = Profile(reading.dictionary, known_months)
        for piece in reading:
            profile.add(piece)
    return profile
