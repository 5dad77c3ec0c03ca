import json
from collections.abc import Callable

from remission.exchange.profile import as_dict, sections, summary
from remission.exchange.profile.profile import Profile

Made = Callable[..., Profile]


def test_the_named_id_goes_before_the_first_column(made: Made) -> None:
    profile = made({"row": [1, 2, 3], "pid": ["A1", "A2", "A3"]})
    assert profile.id is not None
    assert (profile.id.variable, profile.id.is_sure) == ("pid", True)


def test_a_first_column_without_repeats_is_a_guess(made: Made) -> None:
    profile = made({"lfdnr": [1, 2, 3], "x": [1, 1, 1]})
    assert profile.id is not None
    assert (profile.id.variable, profile.id.is_sure) == ("lfdnr", False)
    assert made({"x": [1.5, 2.5, 3.5]}).id is None


def test_variants_of_an_id_are_named_with_their_rows(made: Made) -> None:
    profile = made({"pid": ["007", "7", "a b", "AB", "12"]})
    assert profile.id is not None
    assert profile.id.variants == (("'007', '7'", (1, 2)), ("'a b', 'AB'", (3, 4)))


def test_identifying_columns_are_found_by_name_and_by_content(made: Made) -> None:
    profile = made(
        {
            "pid": ["1", "2"],
            "LastName": ["Moss", "Fern"],
            "contact": ["moss@example.org", "fern@example.org"],
            "IPAddress": ["192.0.2.1", "192.0.2.7"],
            "where": ["192.0.2.1", "192.0.2.7"],
            "LocationLatitude": [52.5163, 48.137],
            "dob": ["1990-01-02", "1985-12-30"],
            "Telefon": ["+49 30 1234567", "+49 30 7654321"],
            "note": ["a long note about somebody and what happened to them in spring", "short"],
            "ResponseId": ["R_1abc", "R_2def"],
            "ssn_like": ["078-05-1120", "219-09-9999"],
            "arm": ["a", "b"],
            "tel_asked": [1, 0],
        }
    )
    found = {name: why.what for name, why in profile.private.items()}
    assert found == {
        "LastName": "a person's name",
        "contact": "an e-mail address",
        "IPAddress": "an IP address",
        "where": "an IP address",
        "LocationLatitude": "a place on the map",
        "dob": "a date of birth",
        "Telefon": "a telephone number",
        "note": "free text",
        "ResponseId": "a survey platform's record of one person",
        "ssn_like": "an official number",
    }


def test_values_of_identifying_columns_are_never_shown(made: Made) -> None:
    secrets = ["moss@example.org", "Moss", "192.0.2.1", "52.516312"]
    profile = made(
        {
            "email": ["moss@example.org"] * 3,
            "LastName": ["Moss"] * 3,
            "IPAddress": ["192.0.2.1"] * 3,
            "latitude": [52.516312] * 3,
        }
    )
    shown = json.dumps(as_dict(profile)) + str(summary(profile))
    shown += " ".join(frame.to_csv() for _, frame in sections(profile))
    assert "email" in shown
    assert not [secret for secret in secrets if secret in shown]
