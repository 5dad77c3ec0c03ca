"""The report: one HTML file that holds everything it shows."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from remission.questions import StudyResults
from remission.report.in_place import put_in_place
from remission.report.manifest import manifest
from remission.report.names import PLAIN, Names
from remission.report.section import Section
from remission.report.sections import sections
from remission.report.svg import as_svg, dark_colours

TEMPLATE = "document.html.j2"


def write_report(
    results: StudyResults,
    path: Path,
    *,
    names: Names = PLAIN,
    means: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write a study's results as one self-contained HTML file, readable without a network.

    The file has no script and asks nothing of any other computer. It takes its name only when it is complete. The same
    results give the same bytes.

    Parameters
    ----------
    results : StudyResults
    path : pathlib.Path
        The file to write; one that is there is replaced.
    names : Names, optional
        Of variables and values, as from ``names_of(study.protocol)``.
    means : mapping of str to pandas.DataFrame, optional
        Formula of a model over waves to its observed means, as from ``questions.wave_means``; a
        model without them has no figure.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    StudyError
        The file cannot be written.
    """
    page = render(results, names, means or {})
    path = Path(path)
    put_in_place(page, path)
    return path


def render(results: StudyResults, names: Names, means: Mapping[str, pd.DataFrame]) -> str:
    """Return the report's page as HTML."""
    room = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = list(sections(results, names, means))
    return room.get_template(TEMPLATE).render(
        results=results,
        sections=found,
        figures=[_figure(section, number) for number, section in enumerate(found, start=1)],
        dark=dark_colours(),
        manifest=manifest(results),
    )


def _figure(section: Section, number: int) -> Markup | None:
    if section.drawing:
        return Markup(section.drawing)
    if section.chart is None:
        return None
    # The drawing comes from our own specification; its texts are escaped by the renderer.
    return Markup(as_svg(section.chart, f"figure-{number}", section.heading))
