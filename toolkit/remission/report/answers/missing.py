"""What is missing of a measure, and what a comparison comes to under several views of it."""

import pandas as pd

from remission.estimate.result import Coefficients, Estimates
from remission.questions import Problem
from remission.questions.missing import Missing
from remission.report.interval_chart import Interval, interval_chart
from remission.report.names import Names
from remission.report.numbers import count, estimate, p_value, percent, plain
from remission.report.section import Section, basis_of

ASKS = (
    "Who did not answer, and whether a comparison rests on what is thought of them. Gaps are filled several times from "
    "everyone's other answers, as if missing at random. Nothing in the data can show that they are: so filled values "
    "are moved too, and the tipping point says how far off they would have to lie to change the conclusion."
)
SHOWN = 8


def missing_section(found: Missing, names: Names) -> Section:
    """Show patterns and reasons, the comparison of those who answered and of filled copies, and the tipping points."""
    told = _told(found, names)
    tables = [
        ("Answered (●) and missing (○), wave by wave", _patterns(found)),
        ("Why waves were missed", _reasons(found.patterns.reasons)),
    ]
    bases, lines = [], []
    for caption, fit in (("Those who answered", found.complete), ("Gaps filled", found.pooled)):
        if isinstance(fit, Coefficients | Estimates):
            lines += _lines(fit, "answered" if fit is found.complete else "gaps filled", names)
            tables.append((f"{caption}: difference in {names.variable(found.asked.measure)}", _rows(fit, names)))
            bases.append(basis_of(fit))
    if isinstance(found.moved, Estimates):
        tables.append(("Filled values moved by so much", _moved(found.moved, names)))
        bases.append(basis_of(found.moved))
    chart = None
    if lines:
        title = f"Difference in {names.variable(found.asked.measure)} at {plain(found.asked.at)}"
        chart = interval_chart(lines, title, told)
        # The figure's twin comes first.
        tables.insert(0, tables.pop(2))
    return Section("", told, chart, tuple(tables), tuple(bases), asks=ASKS)


def _told(found: Missing, names: Names) -> str:
    waves = found.patterns.waves.set_index("wave")
    row = waves.loc[found.asked.at]
    asked = int(row["answered"] + row["missing"]) - found.not_asked
    said = [
        f"{int(row['answered'])} of {asked} who were due answered {names.variable(found.asked.measure)} at "
        f"{plain(found.asked.at)}."
    ]
    if found.not_asked:
        said.append(f"{count(found.not_asked, 'participant', 'participants')} had died or were not yet due.")
    said += [part.sentence for part in (found.complete, found.pooled, found.moved) if isinstance(part, Problem)]
    said += [_named(one.sentence, one.term, names) for one in found.tipping]
    return " ".join(dict.fromkeys(said))


def _named(sentence: str, term: str, names: Names) -> str:
    return sentence.replace(term, f"“{names.term(term)}”")


def _patterns(found: Missing) -> pd.DataFrame:
    table = found.patterns.table.head(SHOWN)
    rows = pd.DataFrame(
        {
            "Pattern": table["pattern"],
            "Participants": table["participants"].astype(int),
            "%": [percent(float(share)) for share in table["share"]],
            "Kind": table["kind"],
        }
    )
    rest = len(found.patterns.table) - len(table)
    if rest > 0:
        left = int(found.patterns.table["participants"].iloc[SHOWN:].sum())
        share = percent(left / found.patterns.sample.participants)
        last = {"Pattern": f"{rest} other patterns", "Participants": left, "%": share, "Kind": ""}
        rows = pd.concat([rows, pd.DataFrame([last])], ignore_index=True)
    return rows


def _reasons(reasons: pd.DataFrame) -> pd.DataFrame:
    wide = reasons.pivot(index="reason", columns="wave", values="participants").fillna(0).astype(int)
    wide = wide[list(dict.fromkeys(reasons["wave"]))]
    wide.columns = [plain(str(name)) for name in wide.columns]
    return wide.rename(index=lambda reason: plain(str(reason))).rename_axis("Reason").reset_index()


def _compared(fit: Coefficients | Estimates) -> pd.DataFrame:
    return fit.table[fit.table["term"] != "Intercept"]


def _lines(fit: Coefficients | Estimates, caption: str, names: Names) -> list[Interval]:
    return [
        Interval(
            f"{names.term(str(row['term']))} ({caption})",
            float(row["estimate"]),
            float(row["conf_low"]),
            float(row["conf_high"]),
        )
        for _, row in _compared(fit).iterrows()
    ]


def _rows(fit: Coefficients | Estimates, names: Names) -> pd.DataFrame:
    table = _compared(fit)
    rows = pd.DataFrame(
        {
            "Term": [names.term(str(term)) for term in table["term"]],
            "Difference (95 % CI)": [_interval(row) for _, row in table.iterrows()],
            "p": [p_value(float(value)) for value in table["p_value"]],
        }
    )
    if "fmi" in table.columns:
        rows["Missing information, %"] = [percent(float(value)) for value in table["fmi"]]
    return rows


def _moved(fit: Estimates, names: Names) -> pd.DataFrame:
    table = _compared(fit)
    return pd.DataFrame(
        {
            "Moved by": [f"{delta:+g}" if delta else "0" for delta in table["delta"]],
            "Term": [names.term(str(term)) for term in table["term"]],
            "Difference (95 % CI)": [_interval(row) for _, row in table.iterrows()],
        }
    )


def _interval(row: pd.Series) -> str:
    return estimate(float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))
