"""Outcome definitions say what they are."""

import pytest

from remission.errors import DefinitionError
from remission.outcomes import outcome, outcomes


@pytest.mark.parametrize("name", outcomes())
def test_a_definition_is_complete(name: str) -> None:
    definition = outcome(name)
    assert definition.name == name
    assert definition.version
    assert definition.title
    assert definition.sentence.endswith(".")
    assert "doi:" in definition.reference


def test_an_unknown_definition_names_those_there_are() -> None:
    with pytest.raises(DefinitionError, match=r"relapse.*first_use.*first_use_at_waves"):
        outcome("relapse")
