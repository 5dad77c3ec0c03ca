"""An import plan as titled tables, for the terminal and for a page."""

import pandas as pd

from remission.exchange.intake.plan import ImportPlan

CHANGES_SHOWN = 50


def sections(plan: ImportPlan, every_change: bool = False) -> list[tuple[str, pd.DataFrame]]:
    """Give a plan as titled tables; only what has something to say.

    Parameters
    ----------
    plan : ImportPlan
    every_change : bool
        All values that would change, and not the first fifty.
    """
    changes = plan.differences.changes.drop(columns=["field"])
    shown = changes if every_change else changes.head(CHANGES_SHOWN)
    rest = f", the first {CHANGES_SHOWN}" if len(shown) < len(changes) else ""
    tables = [
        ("File", _about(plan)),
        ("Remarks on the file", pd.DataFrame({"remark": list(plan.file.dictionary.remarks)})),
        ("What goes where", plan.matched),
        ("Interviews and their windows", plan.windows),
        ("Codes for missing answers, and what they become", plan.missing),
        ("Values out of range", plan.out_of_range),
        ("Totals in the file against scores from its items", plan.totals),
        ("The dictionary against the last import", plan.dictionary_changes),
        ("Left out", pd.DataFrame(plan.left_out, columns=["reason", "rows"])),
        ("Set aside by the mapping", _ignored(plan)),
        (
            f"Variables neither mapped nor set aside: {len(plan.unmatched)}",
            pd.DataFrame({"variables": [", ".join(plan.unmatched)] if plan.unmatched else []}),
        ),
        ("Against the cohort database", _against(plan)),
        (f"Values that would change: {len(changes)}{rest}", shown),
        ("What stops the import", pd.DataFrame({"problem": list(plan.problems)})),
        ("What needs --accept-changes", pd.DataFrame({"change": list(plan.to_accept)})),
    ]
    return [(title, table.reset_index(drop=True)) for title, table in tables if not table.empty]


def _about(plan: ImportPlan) -> pd.DataFrame:
    told = plan.file.dictionary
    facts = {
        "name": told.path.name,
        "label": told.label,
        "made by": " ".join(part for part in (told.producer, told.created) if part),
        "rows and variables": f"{len(plan.file.frame)} x {len(told.variables)}, {len(plan.used)} of them read",
        "encoding": " ".join(part for part in (told.encoding, told.encoding_note) if part),
        "weight variable": told.weight,
        "sha256": told.sha256[:16],
        "mapping": plan.mapping.title,
    }
    return pd.DataFrame([(what, value) for what, value in facts.items() if value], columns=["what", "value"])


def _ignored(plan: ImportPlan) -> pd.DataFrame:
    rows = [(", ".join(group.variables), group.reason) for group in plan.mapping.ignored]
    return pd.DataFrame(rows, columns=["variables", "reason"])


def _against(plan: ImportPlan) -> pd.DataFrame:
    found = plan.differences
    people = [("participants", len(found.participants_new), found.participants_known, 0, 0)]
    rows = [
        (name.replace("_", " "), found.new[name], found.same[name], found.filled[name], found.changed[name])
        for name in found.new
    ]
    columns = ["what", "new", "already there", "would be filled", "would change"]
    return pd.DataFrame(people + [row for row in rows if any(row[1:])], columns=columns)
