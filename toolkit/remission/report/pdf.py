"""The report as a tagged PDF."""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import typst

from remission.errors import StudyError
from remission.questions import StudyResults
from remission.report.in_place import put_bytes_in_place
from remission.report.manifest import manifest
from remission.report.names import PLAIN, Names
from remission.report.section import Section
from remission.report.sections import sections
from remission.report.svg import as_svg

INTERNAL = (
    "Internal report. Small groups are shown as they are, so single participants may be recognised. Keep it inside the "
    "study team; it is no release."
)
HEAD = """#set page(paper: "a4", margin: (x: 20mm, y: 18mm), numbering: "1 / 1")
#set text(lang: "en", font: ("Liberation Sans", "Libertinus Serif"), size: 9.5pt)
#set par(leading: 0.65em)
#set table(stroke: (x, y) => (bottom: if y == 0 { 0.8pt } else { 0.3pt + luma(190) }), inset: (x: 3pt, y: 3pt))
#show heading.where(level: 2): set block(above: 18pt, below: 8pt)
#show table.cell.where(y: 0): strong
#show figure: set block(breakable: true)
"""
# A drawing's own words are told by its alternative text; ids and roles mean nothing in a PDF.
TITLED = re.compile(r"<title\b.*?</title>|<desc\b.*?</desc>", re.DOTALL)


def write_pdf(
    results: StudyResults, path: Path, *, names: Names = PLAIN, means: Mapping[str, pd.DataFrame] | None = None
) -> Path:
    """Write a study's results as one PDF with tags, bookmarks and alternative texts (PDF/UA-1).

    The writer refuses a figure without alternative text. The same results give the same bytes.

    Parameters
    ----------
    results : StudyResults
    path : pathlib.Path
        The file to write; one that is there is replaced once the new one is complete.
    names : Names, optional
    means : mapping of str to pandas.DataFrame, optional
        As for ``write_report``.

    Raises
    ------
    StudyError
        The file cannot be written.
    """
    source = typst_source(results, names, means or {})
    try:
        made = typst.compile(source.encode(), format="pdf", pdf_standards="ua-1", ignore_system_fonts=False)
    except RuntimeError as error:
        raise StudyError(f"The PDF could not be set: {error}.", "Write the HTML report, and report this.") from error
    put_bytes_in_place(bytes(made), Path(path))
    return Path(path)


def typst_source(results: StudyResults, names: Names, means: Mapping[str, pd.DataFrame]) -> str:
    """Return the document in Typst's language; every word of the study stands in a string."""
    held = manifest(results)
    parts = [
        f"#set document(title: {_text(results.title)}, date: none)",
        HEAD,
        f"#heading(level: 1, {_text(results.title)})",
        f"#block(inset: 8pt, stroke: (left: 2pt), {_words(INTERNAL)})",
        *(_said(f"{name}: {words}") for name, words in held.items()),
        *(_section(part, number) for number, part in enumerate(sections(results, names, means), start=1)),
    ]
    return "\n".join(parts) + "\n"


def _section(part: Section, number: int) -> str:
    lines = [f"#heading(level: 2, {_text(part.heading)})"]
    if part.asks:
        lines.append(f"#text(fill: luma(90), {_text(part.asks)})\n")
    lines.append(_said(part.sentence))
    drawing = part.drawing or (as_svg(part.chart, f"figure-{number}", part.heading) if part.chart is not None else "")
    if drawing:
        lines.append(_figure(drawing, part.sentence))
    lines += [_table(caption, rows) for caption, rows in part.tables if len(rows.columns)]
    for basis in part.bases:
        lines += [f'#text(weight: "bold", {_text("Check failed, " + failed)})\n' for failed in basis.failed]
        left_out = "; ".join(f"{count}: {reason}" for reason, count in basis.left_out) or "nothing"
        told = f"{basis.method} ({basis.reference}). {basis.sample}. Left out: {left_out}."
        lines.append(f"#text(size: 8pt, fill: luma(90), {_text(told)})\n")
    return "\n".join(lines)


def _figure(drawing: str, finding: str) -> str:
    plain = TITLED.sub("", drawing)
    return f'#image(bytes({_text(plain)}), format: "svg", width: 88%, alt: {_text(finding)})\n'


def _table(caption: str, rows: pd.DataFrame) -> str:
    heads = ", ".join(_words(str(name)) for name in rows.columns)
    cells = ", ".join(_words(str(cell)) for row in rows.itertuples(index=False) for cell in row)
    # Without a value Typst would take the comma for a cell of its own.
    body = f", {cells}" if cells else ""
    return (
        f"#text(fill: luma(90), {_text(caption)})\n#table(columns: {len(rows.columns)}, table.header({heads}){body})\n"
    )


def _said(words: str) -> str:
    return f"#par({_words(words)})\n"


def _words(words: str) -> str:
    return f"text({_text(words)})"


def _text(words: str) -> str:
    """Quote words as a string of Typst's, in which nothing is an instruction."""
    quoted = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "").replace("\t", " ")
    return f'"{quoted}"'
