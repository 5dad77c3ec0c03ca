"""The common ground: forms of instruments, drafts of forms, and the rules a form keeps."""

from pathlib import Path

import pytest

from remission.errors import DefinitionError
from remission.exchange.forms.draft import NO_SCALES, to_instrument, write_definition, write_wordings
from remission.exchange.forms.form import Form, FormItem, left_behind, number_of, number_text, slug, to_form
from remission.exchange.forms.loss import Losses
from remission.survey.library import instrument, read_definition
from remission.survey.part import Choice, Condition
from remission.survey.wording import read_wording, wording

NO_YES = {"no_yes": (Choice(value=0, label="No"), Choice(value=1, label="Yes"))}
WENT = FormItem("went", "Did you go?", choices="no_yes", required=True)
TIMES = FormItem("times", "How often?", "count", None, 0, 30, (Condition(item="went", equals=(1,)),))


def test_losses_are_a_table_even_when_there_are_none() -> None:
    losses = Losses()
    assert list(losses.as_frame().columns) == ["where", "what"]
    losses.add("a", "b")
    assert losses.as_frame().to_dict("records") == [{"where": "a", "what": "b"}]


def test_an_instrument_as_a_form() -> None:
    shipped = instrument("mutual_help_attendance")
    form = to_form(shipped, wording(shipped))
    assert form == to_form(shipped)
    assert form.items[1].asked_if == (Condition(item="attended", equals=(1,)),)
    assert form.words().items == wording(shipped).items
    said = [loss.what for loss in left_behind(shipped)]
    assert said[0].startswith("scoring:")
    assert any("wording: none is loaded" in loss.what for loss in left_behind(instrument("ces_d")))


def test_a_draft_says_that_its_scales_are_to_be_written(tmp_path: Path) -> None:
    form = Form("visits", "Visits", (WENT, TIMES), NO_YES, "Hello.")
    draft, losses = to_instrument(form)
    assert [loss.what for loss in losses] == [
        NO_SCALES,
        "licence, source and recall period: the file says nothing of them; write them",
        "required: here a person may always decline an answer",
    ]
    assert (draft.wording, draft.unverified, [scale.rule for scale in draft.scales]) == (
        "absent",
        (NO_SCALES,),
        ["value"],
    )
    assert [item.text for item in draft.items] == [None, None]
    path = write_definition(draft, tmp_path / "instruments")
    assert path == tmp_path / "instruments" / "visits" / "instrument.yaml"
    assert read_definition(path) == draft
    (words,) = write_wordings(form, tmp_path / "wordings")
    assert words.name == "visits.en.csv"
    assert read_wording(words, draft, "en") == form.words()
    assert to_form(draft, form.words()).items[1] == TIMES
    with pytest.raises(DefinitionError, match="is there already"):
        write_definition(draft, tmp_path / "instruments")
    write_definition(draft, tmp_path / "instruments", replace=True)


def test_a_draft_names_questions_without_words_and_needs_one() -> None:
    _, losses = to_instrument(Form("visits", "", (FormItem("n", "", "number"),)))
    assert "item 'n' has no words" in [loss.what for loss in losses]
    with pytest.raises(DefinitionError, match="has no item that can be taken"):
        to_instrument(Form("visits", "Visits", ()))


@pytest.mark.parametrize(
    ("items", "choices", "cause"),
    [
        ((FormItem("Went", "?", "count"),), {}, "item 'Went': the name must be a-z"),
        ((WENT, WENT), NO_YES, "item 'went': the name stands twice"),
        ((FormItem("q", "?"),), {}, "item 'q': a choice, and only a choice, has a list of choices"),
        ((WENT,), {}, "item 'went': there is no list of choices 'no_yes'"),
        ((FormItem("q", "?", "count", None, 3, 3),), {}, "item 'q': its minimum is not below its maximum"),
        ((TIMES, WENT), NO_YES, "item 'times': it depends on 'went', which is not asked before it"),
        ((WENT,), {"no_yes": (*NO_YES["no_yes"], NO_YES["no_yes"][0])}, "choices 'no_yes': the value 0 stands twice"),
        ((WENT,), {"no_yes": ()}, "choices 'no_yes': it needs choices whose values are numbers"),
    ],
)
def test_a_form_keeps_its_rules(
    items: tuple[FormItem, ...], choices: dict[str, tuple[Choice, ...]], cause: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        Form("visits", "Visits", items, choices)
    assert cause in caught.value.cause
    with pytest.raises(DefinitionError, match="cannot be the name of a form"):
        Form("Visits", "Visits", ())


@pytest.mark.parametrize("value", [0.0, -1.0, 2.5, 1e-7, 1e22, 0.1 + 0.2, 123456789.25])
def test_numbers_keep_their_value_as_text(value: float) -> None:
    assert number_of(number_text(value)) == value
    assert "e" not in number_text(value)


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e5", "1_000", "0x1", "one", "1,5"])
def test_only_plain_numbers_are_numbers(text: str) -> None:
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("text", "name"), [("My Form!", "my_form"), ("6 months", "x_6_months"), ("", "x"), ("é", "x"), ("a_", "a_")]
)
def test_slugs_are_names(text: str, name: str) -> None:
    assert slug(text) == name
