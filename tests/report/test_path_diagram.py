"""The path diagram: what is drawn is what was estimated, told to everybody, the same each time."""

import re
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import pandas as pd
import pytest

from remission.estimate import mediation
from remission.estimate.mediation_result import Mediation
from remission.report import path_diagram, path_sentence
from remission.report.names import Names
from remission.report.palette import GRID, INK, PAPER, QUIET, STROKES
from remission.report.svg import dark_colours

SVG = "{http://www.w3.org/2000/svg}"
WAVES = {"support": 0, "group_identity": 3, "efficacy": 6, "wellbeing": 12, "abstinent": 12}


def fitted(mediators: list[str], outcome: str = "wellbeing", **options: Any) -> Mediation:
    draw = np.random.default_rng(3)
    support = draw.integers(0, 2, 300)
    first = support + draw.normal(size=300)
    second = 0.02 * first + draw.normal(size=300)
    last = first + draw.normal(size=300)
    table = pd.DataFrame({"support": support, "group_identity": first, "efficacy": second, "wellbeing": last})
    table["abstinent"] = (last + draw.normal(size=300) > 0.5).astype(int)
    return mediation(table, "support", mediators, outcome, bootstrap=200, **({"measured_at": WAVES} | options))


def drawn(fit: Mediation, **options: Any) -> Xml.Element:
    return Xml.fromstring(path_diagram(fit, **options))


def texts(tree: Xml.Element) -> list[str]:
    return [element.text or "" for element in tree.iter(f"{SVG}text")]


SERIES = ["group_identity", "efficacy"]


def test_every_arrow_carries_its_estimate_and_interval() -> None:
    fit = fitted(SERIES)
    tree = drawn(fit)
    lines = [path for path in tree.findall(f"{SVG}path") if path.get("marker-end")]
    assert len(lines) == 6
    said = texts(tree)
    for _, row in fit.arrows().iterrows():
        assert any(re.fullmatch(rf"−?{abs(row['estimate']):.3f}0*|−?{abs(row['estimate']):.2f}", text) for text in said)


def test_arrows_whose_interval_holds_0_are_dashed_and_grey() -> None:
    fit = fitted(SERIES)
    lines = [path for path in drawn(fit).findall(f"{SVG}path") if path.get("marker-end")]
    dashed = [line.get("stroke-dasharray") is not None for line in lines]
    assert dashed == (fit.arrows()["conf_low"].le(0) & fit.arrows()["conf_high"].ge(0)).tolist()
    assert True in dashed
    assert False in dashed
    assert {line.get("stroke") for line in lines if line.get("stroke-dasharray")} == {QUIET}


def test_it_is_named_and_told_for_those_who_cannot_see_it() -> None:
    fit = fitted(SERIES)
    tree = drawn(fit, name="chain")
    assert tree.get("role") == "img"
    assert tree.get("aria-labelledby") == "chain-title chain-desc"
    described = {element.get("id"): element.text for element in tree if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert described == {"chain-title": "Path diagram: support to wellbeing", "chain-desc": path_sentence(fit)}


def test_the_same_result_gives_the_same_text() -> None:
    assert path_diagram(fitted(SERIES)) == path_diagram(fitted(SERIES))


def test_every_colour_has_its_dark_twin() -> None:
    text = path_diagram(fitted(SERIES))
    used = set(re.findall(r"#[0-9A-F]{6}", text))
    assert used <= set(dark_colours())
    assert used <= {INK, QUIET, GRID, PAPER, STROKES[0].colour}


@pytest.mark.parametrize(
    ("mediators", "options"),
    [
        (["group_identity"], {}),
        (SERIES, {}),
        ([*SERIES, "third"], {}),
        (SERIES, {"parallel": True}),
        ([*SERIES, "third"], {"parallel": True}),
    ],
)
def test_boxes_do_not_overlap_and_all_lies_in_view(mediators: list[str], options: dict[str, bool]) -> None:
    table = pd.DataFrame(np.random.default_rng(1).normal(size=(200, 5)), columns=["support", *SERIES, "third", "y"])
    tree = drawn(mediation(table, "support", mediators, "y", bootstrap=100, **options))
    boxes = [rect for rect in tree.findall(f"{SVG}rect") if rect.get("rx")]
    assert len(boxes) == len(mediators) + 2
    spans = [[float(box.get(name, 0)) for name in ("x", "y", "width", "height")] for box in boxes]
    for i, (x, y, wide, high) in enumerate(spans):
        for other_x, other_y, other_wide, other_high in spans[i + 1 :]:
            apart = x + wide < other_x or other_x + other_wide < x or y + high < other_y or other_y + other_high < y
            assert apart
    left, top, width, height = (float(part) for part in tree.get("viewBox", "").split())
    for text in tree.iter(f"{SVG}text"):
        assert left <= float(text.get("x", 0)) <= left + width
        assert top <= float(text.get("y", 0)) <= top + height
    for label in (rect for rect in tree.findall(f"{SVG}rect") if not rect.get("rx")):
        lx, ly, lw, lh = (float(label.get(name, 0)) for name in ("x", "y", "width", "height"))
        assert all(lx + lw <= x or x + w <= lx or ly + lh <= y or y + h <= ly for x, y, w, h in spans)


def test_names_are_those_of_the_study_and_long_ones_are_broken() -> None:
    names = Names(variables={"group_identity": "identification with the mutual-help group & friends"})
    tree = drawn(fitted(SERIES), names=names)
    said = texts(tree)
    assert "identification" in said
    assert max(len(text) for text in said if "mutual" in text) <= 20
    assert "“identification with the mutual-help group & friends”" in path_sentence(fitted(SERIES), names)


def test_a_cross_sectional_chain_says_so_in_figure_and_sentence() -> None:
    fit = fitted(SERIES, measured_at=dict.fromkeys(WAVES, 0))
    assert "Timing: cross-sectional." in texts(drawn(fit))
    assert "cross-sectional" in path_sentence(fit)


def test_an_indirect_part_that_may_be_nothing_is_told_so() -> None:
    assert "do not show that it exists" in path_sentence(fitted(["efficacy"]))
    assert "do not show that it exists" not in path_sentence(fitted(["group_identity"]))


def test_risks_are_told_as_risks_and_interactions_stand_below() -> None:
    fit = fitted(["group_identity"], "abstinent", interaction=True)
    said = " ".join(texts(drawn(fit)))
    assert "Total indirect (difference in risk)" in said
    assert "arrows into the outcome are log odds" in said
    assert "support × group_identity → abstinent" in said
    assert "(difference in risk)" in path_sentence(fit)
