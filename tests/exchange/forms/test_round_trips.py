"""Whatever a format can hold goes out and comes back the same; shipped instruments do too."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.exchange.forms.draft import to_instrument, wordings, write_definition, write_wordings
from remission.exchange.forms.form import Form, FormItem, tidy, to_form
from remission.exchange.forms.redcap_columns import form_title
from remission.exchange.forms.redcap_dictionary import read_dictionary, write_dictionary
from remission.exchange.forms.xlsform import read_xlsform, write_xlsform
from remission.survey.library import available, instrument, read_definition
from remission.survey.part import Choice, Condition
from remission.survey.wording import Wording, read_wording, wording_file

MANY = settings(deadline=None, max_examples=60)

# Control signs are in no XML and in no CSV that REDCap takes; blanks around a text and the kind of a
# line end carry no meaning, and readers take them off. U+FFFE and U+FFFF are no characters.
SIGNS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff") | st.sampled_from(
    "\n,;|'\"=+-@[]{}()<>&$\\ é漢😀"
)
TEXTS = st.text(SIGNS, min_size=1, max_size=25).map(tidy).filter(bool)
# REDCap separates choices by | and by line ends, and knows no way to escape either.
ONE_LINE = TEXTS.map(lambda text: tidy(text.replace("|", "/").replace("\n", " "))).filter(bool)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,7}", fullmatch=True).filter(lambda name: name != "record_id")
LIST_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,7}", fullmatch=True)
# Adding 0 turns -0 into 0: they are one number with two spellings.
NUMBERS = (st.integers(-99, 1000).map(float) | st.floats(-1e9, 1e9, allow_subnormal=False)).map(lambda x: x + 0.0)


@st.composite
def conditions(draw: st.DrawFn, before: list[str]) -> tuple[Condition, ...]:
    found = []
    for _ in range(draw(st.integers(0, 2 if before else 0))):
        # A sum of one item is that item: to_form writes it so, and files cannot tell them apart.
        sources = draw(st.lists(st.sampled_from(before), min_size=1, max_size=3, unique=True))
        told = {"item": sources[0]} if len(sources) == 1 else {"sum_of": tuple(sources)}
        if draw(st.booleans()):
            found.append(Condition(**told, at_least=draw(NUMBERS)))
        else:
            found.append(Condition(**told, equals=tuple(draw(st.lists(NUMBERS, min_size=1, max_size=3)))))
    return tuple(found)


@st.composite
def items(draw: st.DrawFn, name: str, before: list[str], lists: list[str]) -> FormItem:
    kind = draw(st.sampled_from(["choice", "count", "number"]))
    low, high = draw(st.tuples(st.none() | NUMBERS, st.none() | NUMBERS))
    if low is not None and high is not None:
        low, high = (None, high) if low == high else (min(low, high), max(low, high))
    return FormItem(
        name=name,
        text=draw(TEXTS),
        kind=kind,
        choices=draw(st.sampled_from(lists)) if kind == "choice" else None,
        minimum=None if kind == "choice" else low,
        maximum=None if kind == "choice" else high,
        asked_if=draw(conditions(before)),
        required=draw(st.booleans()),
    )


@st.composite
def forms(draw: st.DrawFn, labels: st.SearchStrategy[str]) -> Form:
    lists = draw(st.lists(LIST_NAMES, min_size=1, max_size=3, unique=True))
    choices = {}
    for listed in lists:
        values = draw(st.lists(NUMBERS, min_size=1, max_size=4, unique_by=lambda value: f"{value:g}"))
        choices[listed] = tuple(Choice(value=value, label=draw(labels)) for value in values)
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    asked = tuple(draw(items(name, names[:place], lists)) for place, name in enumerate(names))
    return Form(draw(NAMES), draw(TEXTS), asked, choices, draw(st.just("") | TEXTS))


@st.composite
def dictionary_forms(draw: st.DrawFn) -> list[Form]:
    found = draw(st.lists(forms(ONE_LINE), min_size=1, max_size=3, unique_by=lambda form: form.name))
    kept = []
    for form in found:
        # A dictionary holds the lists that are used, and of a form's title what its name says.
        used = {item.choices for item in form.items}
        choices = {name: listed for name, listed in form.choices.items() if name in used}
        kept.append(replace(form, title=form_title(form.name), choices=choices))
    return kept


@st.composite
def workbook_forms(draw: st.DrawFn) -> Form:
    form = draw(forms(TEXTS))
    translations = []
    for language in draw(st.lists(st.sampled_from(["es", "fr", "pt-BR", "sw"]), max_size=2, unique=True)):
        said = {name: {f"{one.value:g}": draw(TEXTS) for one in listed} for name, listed in form.choices.items()}
        translations.append(
            Wording(
                instrument=form.name,
                language=language,
                intro=draw(TEXTS) if form.intro else "",
                items={item.name: draw(TEXTS) for item in form.items},
                choices=said,
            )
        )
    return replace(form, translations=tuple(translations))


@MANY
@given(written=dictionary_forms())
def test_redcap_out_and_in_is_the_identity(written: list[Form], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("redcap") / "dictionary.csv"
    try:
        losses = write_dictionary(written, path)
    except DefinitionError as error:
        # form a with an item b_c and form a_b with an item c are the same field in REDCap
        assert "Two fields" in error.cause  # noqa: PT017
        assume(False)
    assert [loss for loss in losses if "26 characters" not in loss.what] == []
    read, lost = read_dictionary(path)
    assert read == written
    assert [loss for loss in lost if "the label shows" not in loss.what] == []


@MANY
@given(written=workbook_forms())
def test_xlsform_out_and_in_is_the_identity(written: Form, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("xlsform") / "form.xlsx"
    assert write_xlsform(written, path) == []
    read, lost = read_xlsform(path)
    assert read == written
    assert lost == []


@MANY
@given(written=workbook_forms())
def test_drafts_and_their_words_read_back(written: Form, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("draft")
    draft, losses = to_instrument(written)
    assert any("scoring" in loss.what for loss in losses)
    assert read_definition(write_definition(draft, folder)) == draft
    # The wording's own file format keeps a choice's value to six digits, and lists that are used.
    write_wordings(written, folder)
    for words in wordings(written):
        read = read_wording(folder / wording_file(written.name, words.language), draft, words.language)
        assert read.items == words.items


@pytest.mark.parametrize("name", available())
def test_shipped_instruments_go_through_redcap(name: str, tmp_path: Path) -> None:
    form = to_form(instrument(name))
    losses = write_dictionary([form], tmp_path / "dictionary.csv")
    (read,), lost = read_dictionary(tmp_path / "dictionary.csv")
    assert (read.name, read.items, read.intro) == (form.name, form.items, form.intro)
    used = {item.choices for item in form.items}
    assert read.choices == {listed: choices for listed, choices in form.choices.items() if listed in used}
    assert read.title == form.title or any("title" in loss.what for loss in losses)
    assert lost == []


def test_all_shipped_instruments_fit_one_dictionary(tmp_path: Path) -> None:
    written = [to_form(instrument(name)) for name in available()]
    write_dictionary(written, tmp_path / "dictionary.csv")
    read, lost = read_dictionary(tmp_path / "dictionary.csv")
    assert [form.items for form in read] == [form.items for form in written]
    assert lost == []


@pytest.mark.parametrize("name", available())
def test_shipped_instruments_go_through_xlsform(name: str, tmp_path: Path) -> None:
    form = to_form(instrument(name))
    assert write_xlsform(form, tmp_path / "form.xlsx") == []
    assert read_xlsform(tmp_path / "form.xlsx") == (form, [])
