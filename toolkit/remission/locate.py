"""Where the data that ships with the package lies, however it was installed."""

from pathlib import Path

from remission.errors import StudyError

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent.parent
BESIDE_TOOLKIT = {"instruments": "instruments", "dashboards": "dashboards", "mappings": "examples/mappings"}


def shipped(folder: str) -> Path:
    """Find a folder that ships with the package.

    A wheel carries the folders inside the package; an editable install and a source tree
    have them beside ``toolkit/``.

    Parameters
    ----------
    folder : {"instruments", "dashboards", "mappings"}

    Returns
    -------
    pathlib.Path

    Raises
    ------
    StudyError
        When neither place holds the folder, which means a damaged installation.
    """
    for place in (PACKAGE / folder, CHECKOUT / BESIDE_TOOLKIT[folder]):
        if place.is_dir():
            return place
    raise StudyError(f"The installation holds no folder '{folder}'.", "Install remission again.")
