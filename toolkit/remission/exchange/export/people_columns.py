"""Columns of what does not change over the waves: code, enrolment, characteristics, first use."""

import pandas as pd

from remission.cohort import Protocol
from remission.cohort.protocol import Characteristic, code_text
from remission.exchange.export.coding import Code
from remission.exchange.export.column import Column, Target
from remission.exchange.export.facts import Facts
from remission.exchange.export.makers import Draft, coding_of, number_column, own_column, sourced_column, text_column
from remission.exchange.export.rows import Rows
from remission.exchange.export.source_dictionary import FRESH_CODE
from remission.exchange.export.sources import DATED, Claim, Claims
from remission.exchange.files import Variable
from remission.exchange.mapping import FirstUse

EPOCH = pd.Timestamp("1970-01-01")
LARGEST_EXACT = 2.0**53


def people_columns(
    protocol: Protocol, facts: Facts, rows: Rows, claims: Claims, fresh_ids: bool, remarks: list[str]
) -> list[Column]:
    """Make the columns in the project's own order."""
    found = [_id(facts, rows, claims.by_target.get(Target("id")), fresh_ids, remarks)]
    for name in ("arm", "site"):
        if facts.people[name].notna().any():
            found.append(_enrolled(facts, rows, name, claims.by_target.get(Target("enrolment", name)), remarks))
    if facts.people["origin_date"].notna().any():
        found.append(_origin(facts, rows, claims.by_target.get(Target("enrolment", "origin_date"))))
    stated = set(facts.characteristics["name"])
    for name, declared in protocol.characteristics.items():
        claim = claims.by_target.get(Target("characteristic", name))
        if name in stated:
            found.append(_characteristic(facts, rows, name, declared, claim, remarks))
    return found + _first_use(facts, rows, claims, remarks)


def _id(facts: Facts, rows: Rows, claim: Claim | None, fresh: bool, remarks: list[str]) -> Column:
    codes = pd.Series(facts.codes.reindex(rows.people).to_numpy(), dtype=object)
    label = FRESH_CODE if fresh else "Participant code"
    if claim is None:
        return text_column(Target("id"), "participant_id", label, codes)
    if claim.variable.kind == "text":
        return _as_in_file(claim, codes)
    numbers = pd.to_numeric(codes, errors="coerce").astype(float)
    whole = all(f"{number:.15g}" == code for number, code in zip(numbers, codes, strict=True))
    if whole and not claim.variable.is_user_missing(numbers).any() and numbers.abs().max() < LARGEST_EXACT:
        return _as_in_file(claim, numbers)
    remarks.append(f"{claim.name} was a number in its file; there are codes that are none, so it goes out as text.")
    return text_column(Target("id"), claim.name, claim.variable.label or label, codes)


def _as_in_file(claim: Claim, values: pd.Series) -> Column:
    nothing = pd.Series([None] * len(values), dtype=object)
    return Column(claim.name, claim.target, claim.variable, values, nothing, sourced=True)


def _enrolled(facts: Facts, rows: Rows, name: str, claim: Claim | None, remarks: list[str]) -> Column:
    values = rows.by_person(facts.people, name)
    words = sorted(set(values.dropna()))
    draft = Draft(
        Target("enrolment", name),
        name,
        {"arm": "Study arm", "site": "Site"}[name],
        values,
        rows.blank(),
        measure="nominal",
        labels={word: word for word in words},
        has_reasons=False,
    )
    if claim is None:
        return own_column(draft)
    named: dict[Code, Code] = {**claim.variable.value_labels, **claim.source.codes}
    known: dict[Code, Code] = {
        str(word): code for code, word in reversed(list(named.items())) if _fits(code, claim.variable)
    }
    if claim.variable.kind == "text":
        known |= {word: word for word in words if word not in known}
    else:
        known |= {word: float(word) for word in words if word not in known and _is_number(word)}
    return sourced_column(draft, claim, coding_of(claim.source, claim.variable, values, draft.reasons, known), remarks)


def _fits(code: Code, variable: Variable) -> bool:
    return isinstance(code, str) == (variable.kind == "text")


def _is_number(word: str) -> bool:
    try:
        return f"{float(word):.15g}" == word
    except ValueError:
        return False


def _origin(facts: Facts, rows: Rows, claim: Claim | None) -> Column:
    days = (pd.to_datetime(rows.by_person(facts.people, "origin_date")) - EPOCH).dt.days.astype(float)
    if claim is not None and claim.variable.kind in DATED:
        return _as_in_file(claim, days)
    variable = Variable(label="Date of day 0", measure="scale", kind="date")
    return Column("origin_date", Target("enrolment", "origin_date"), variable, days, rows.blank())


def _characteristic(
    facts: Facts, rows: Rows, name: str, declared: Characteristic, claim: Claim | None, remarks: list[str]
) -> Column:
    told = facts.characteristics[facts.characteristics["name"] == name]
    target, reasons = Target("characteristic", name), rows.by_person(told, "missing_reason")
    if declared.kind == "number":
        values = rows.by_person(told, "number").map(float, na_action="ignore").astype(object)
        draft = Draft(target, name, declared.label, values, reasons)
        known: dict[Code, Code] = {}
    else:
        draft = _category_draft(target, name, declared, rows.by_person(told, "text"), reasons)
        known = {} if claim is None else _category_codes(declared, claim)
    if claim is None:
        return own_column(draft)
    coding = coding_of(claim.source, claim.variable, draft.cells, reasons, known)
    return sourced_column(draft, claim, coding, remarks)


def _category_draft(
    target: Target, name: str, declared: Characteristic, values: pd.Series, reasons: pd.Series
) -> Draft:
    if all(_is_number(code) for code in declared.categories):
        choices = {float(code): label for code, label in declared.categories.items()}
        plain = values.map(float, na_action="ignore").astype(object)
        return Draft(target, name, declared.label, plain, reasons, "nominal", choices, min(choices))
    labels: dict[Code, str] = dict(declared.categories.items())
    return Draft(target, name, declared.label, values, reasons, "nominal", labels=labels)


def _category_codes(declared: Characteristic, claim: Claim) -> dict[Code, Code]:
    """Give each category the code of the file; values are numbers where all categories have numbers."""
    as_text, numeric = claim.variable.kind == "text", all(_is_number(code) for code in declared.categories)
    code_of = {label: code for code, label in declared.categories.items()} | {
        code: code for code in declared.categories
    }
    known: dict[Code, Code] = {}
    for raw in (*claim.source.codes, *claim.variable.value_labels):
        meant = code_of.get(code_text(claim.source.codes.get(raw, raw)))
        if meant is not None and isinstance(raw, str) == as_text:
            known.setdefault(float(meant) if numeric else meant, raw)
    for code in declared.categories:
        if as_text:
            known.setdefault(float(code) if numeric else code, declared.categories[code])
        elif numeric:
            known.setdefault(float(code), float(code))
    return known


def _first_use(facts: Facts, rows: Rows, claims: Claims, remarks: list[str]) -> list[Column]:
    found = []
    for claim in [each for each in claims.by_target.values() if each.rule is not None]:
        day, used, extra = first_use(facts.use, claim.rule)  # type: ignore[arg-type]
        if extra and claim.target.kind == "use_day":
            remarks.append(
                f"{claim.name}: {extra} participants have more reports of use than a day of first use can hold; the "
                "table `use` holds all."
            )
        values = (day if claim.target.kind == "use_day" else used).reindex(rows.people).reset_index(drop=True)
        if claim.variable.kind in DATED:
            origin = (pd.to_datetime(rows.by_person(facts.people, "origin_date")) - EPOCH).dt.days.astype(float)
            if bool((values.notna() & origin.isna()).any()):
                remarks.append(f"{claim.name} was a date in its file; it goes out as days since day 0.")
                label = f"Day of first use, or last day without, counted from day 0 ({claim.target.name})"
                found.append(number_column(claim.target, f"first_use_day_{claim.target.name}", label, values))
                continue
            values = values + origin
        if claim.variable.kind == "text":
            claims.remarks.append(f"{claim.name} was text in its file and is not written.")
            continue
        found.append(_as_in_file(claim, values.astype(float)))
    return found


def first_use(use: pd.DataFrame, rule: FirstUse) -> tuple[pd.Series, pd.Series, int]:
    """Turn use reports back into a day and a yes or no, by participant.

    Returns
    -------
    pandas.Series
        Day of first use, or the last day known without.
    pandas.Series
        1 where it was used, else 0.
    int
        Participants with more reports than those two numbers can say.
    """
    mine = use[(use["substance"] == rule.substance) & (use["source"] == rule.source)]
    used = mine[mine["state"] == "used"].groupby("participant_id")["start_day"].min().astype(float)
    free = mine[mine["state"] == "abstinent"].groupby("participant_id")["end_day"].max().astype(float)
    day = pd.concat([used, free[~free.index.isin(used.index)]])
    yes = pd.Series(day.index.isin(used.index).astype(float), index=day.index)
    told = mine.groupby("participant_id").size()
    said = (yes + ((day - yes) >= 0)).reindex(told.index)
    return day, yes, int((told > said).sum())
