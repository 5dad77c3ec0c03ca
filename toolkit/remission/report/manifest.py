"""What a document rests on: data, definitions, and the versions that made it."""

import platform
from importlib.metadata import version

from remission import __version__
from remission.questions import StudyResults

COUNTED_ON = ("pandas", "numpy", "scipy", "formulaic", "altair")


def versions() -> dict[str, str]:
    """Return the software that results and figures come from."""
    return {
        "remission": __version__,
        "Python": platform.python_version(),
        **{name: version(name) for name in COUNTED_ON},
    }


def manifest(results: StudyResults) -> dict[str, str]:
    """Return what tells one document from another: the same entries, the same bytes.

    No time is in it: a document made again from the same data by the same versions is the same.
    """
    definition = results.definition
    return {
        "Outcome": f"{definition.title} ({definition.name}, version {definition.version}). {definition.sentence} "
        f"({definition.reference})",
        "Day 0": results.time_origin,
        **({"Consent": results.not_used} if results.not_used else {}),
        "Data": f"revision {results.revision}",
        "Made with": ", ".join(f"{name} {number}" for name, number in versions().items()),
    }
