"""What every shipped definition keeps, whoever wrote it."""

import pytest

from remission.errors import DefinitionError
from remission.survey import available, instrument, needs_source
from remission.survey.describe import described, listed, readings, scale_table
from remission.survey.wording import languages, wording


@pytest.mark.parametrize("name", available())
def test_a_definition_says_what_a_reader_must_know(name: str) -> None:
    found = instrument(name)
    assert found.recall
    assert found.citation.text
    assert found.licence.holder
    assert found.confidence == "high" or found.unverified or found.wording == "own"
    for scale in found.scales:
        assert scale.range is not None, scale.name
        assert scale.title
    assert len(scale_table(found)) == len(found.scales)
    assert described(found)[0].startswith("Measures ")
    assert all(": " in line for line in readings(found))


@pytest.mark.parametrize("name", available())
def test_words_ship_only_where_they_are_the_project_s_own(name: str) -> None:
    found = instrument(name)
    if found.wording == "own":
        assert "en" in languages(found)
        assert all(wording(found, code).items for code in languages(found))
    else:
        assert languages(found) == ()
        with pytest.raises(DefinitionError, match="does not ship"):
            wording(found)


def test_the_list_has_a_row_an_instrument() -> None:
    assert listed([instrument(name) for name in available()])["name"].tolist() == list(available())


def test_what_needs_its_source_is_listed_and_not_scored() -> None:
    assert "aaas" in needs_source()
    assert not set(needs_source()) & set(available())
    for name, entry in needs_source().items():
        with pytest.raises(DefinitionError, match="listed but not scored") as refusal:
            instrument(name)
        assert entry.missing in refusal.value.cause


@pytest.mark.parametrize(("name", "flag"), [("phq9", "self_harm")])
def test_what_asks_for_attention_is_flagged(name: str, flag: str) -> None:
    assert instrument(name).scale(flag).flag
