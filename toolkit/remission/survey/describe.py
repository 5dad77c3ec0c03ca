"""An instrument in words and tables: what it measures, on whose terms, how it scores."""

from collections.abc import Iterable

import pandas as pd

from remission.survey.definition import Instrument, Scale

WORDS = {"own": "the project's own", "absent": "to be loaded"}
SEEN = {"high": "in full", "medium": "in part"}
SIDES = {"more": "", "better": "higher is better", "worse": "higher is worse"}


def listed(instruments: Iterable[Instrument]) -> pd.DataFrame:
    """List instruments; one row is one.

    Returns
    -------
    pandas.DataFrame
        Columns ``name title items words scoring seen``; ``scoring seen`` is the confidence in its rules.
    """
    return pd.DataFrame(
        [
            {
                "name": each.name,
                "title": each.title,
                "items": len(each.items),
                "words": WORDS[each.wording],
                "scoring seen": SEEN[each.confidence],
            }
            for each in instruments
        ]
    )


def described(instrument: Instrument) -> list[str]:
    """Say where an instrument comes from, on what terms it may be used, and what was not verified."""
    doi = f" doi:{instrument.citation.doi}" if instrument.citation.doi else ""
    lines = [
        f"Measures {instrument.concept}; {instrument.recall}. Version {instrument.version}.",
        f"{instrument.citation.text}{doi}",
        f"Licence: {instrument.licence.terms}; {instrument.licence.holder}. {instrument.licence.note}".rstrip(),
        f"Confidence in the scoring: {instrument.confidence}.",
    ]
    lines += [f"Not verified: {sentence}" for sentence in instrument.unverified]
    for found in instrument.reliability:
        of = f" of {found.scale}" if found.scale else ""
        lines.append(
            f"Published {found.coefficient}{of}: {found.value:g}{f' ({found.sample})' if found.sample else ''}."
        )
    if instrument.repeats == "group":
        lines.append("It may be answered once about each mutual-help group.")
    return [*lines, instrument.note] if instrument.note else lines


def scale_table(instrument: Instrument) -> pd.DataFrame:
    """Lay out the scales; one row is one.

    Returns
    -------
    pandas.DataFrame
        Columns ``scale title rule of range missing``.
    """
    return pd.DataFrame(
        [
            {
                "scale": scale.name,
                "title": scale.title,
                "rule": _rule(scale),
                "of": _parts(instrument, scale),
                "range": f"{scale.range[0]:g} to {scale.range[1]:g}" if scale.range else "",
                "missing": scale.missing.sentence(len(scale.items)) if scale.items else "A score needs its parts.",
            }
            for scale in instrument.scales
        ]
    )


def readings(instrument: Instrument) -> list[str]:
    """Say how each scale's scores are read: which side is better, bands, cutoffs, important change."""
    told = [(scale, _reads(scale)) for scale in instrument.scales]
    return [f"{scale.name}: {'; '.join(reads)}." for scale, reads in told if reads]


def _parts(instrument: Instrument, scale: Scale) -> str:
    everything = tuple(item.name for item in instrument.items)
    if scale.items == everything and len(everything) > 3:
        return f"all {len(everything)} items"
    return ", ".join(scale.items or scale.of)


def _rule(scale: Scale) -> str:
    parts: list[str] = [scale.rule]
    parts += ["recoded"] if scale.recode else []
    parts += [f"times {scale.times:g}"] if scale.times != 1 else []
    parts += [f"plus {scale.plus:g}"] if scale.plus else []
    parts += ["then by table"] if scale.table else []
    return " ".join(parts)


def _reads(scale: Scale) -> list[str]:
    told = [SIDES[scale.higher_is]] if SIDES[scale.higher_is] else []
    told += [f"{band.low:g}-{band.high:g} {band.label}" for band in scale.bands]
    for cutoff in scale.cutoffs:
        side = f"≥ {cutoff.at_least:g}" if cutoff.at_least is not None else f"≤ {cutoff.at_most:g}"
        told.append(f"{side} {cutoff.label}{f' ({cutoff.who})' if cutoff.who else ''}")
    told += [f"smallest important change {scale.mcid:g}"] if scale.mcid else []
    told += ["a score above 0 asks for attention at once"] if scale.flag else []
    return told
