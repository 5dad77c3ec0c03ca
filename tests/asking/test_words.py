"""What the pages say: every language says all of it, and nothing that tells what they are about."""

import re

import pytest

from remission.asking.looks import all_words

TELLING = re.compile(
    r"alcohol|drug|drink|addict|recover|treatment|sober|relapse|droga|adicci|recuper|tratamiento|alcohol|sobri", re.I
)


@pytest.mark.parametrize("language", sorted(all_words()))
def test_a_language_says_everything_with_the_same_blanks(language: str) -> None:
    english, other = all_words()["en"], all_words()[language]
    assert set(other) == set(english)
    for key, said in english.items():
        assert set(re.findall(r"{\w+}", other[key])) == set(re.findall(r"{\w+}", said)), key


@pytest.mark.parametrize("language", sorted(all_words()))
def test_nothing_tells_what_the_pages_are_about(language: str) -> None:
    assert [said for said in all_words()[language].values() if TELLING.search(said)] == []
