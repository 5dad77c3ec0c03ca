"""Sessions, locked accounts and used codes, on a clock that the test moves."""

import pyotp
import pytest
from caller import PASSWORD, Clock

from remission.door import Door
from remission.door.sessions import ABSOLUTE_SECONDS, IDLE_SECONDS, NotSignedIn


def test_a_session_ends_when_idle_and_at_last(door: Door, clock: Clock) -> None:
    token = door.sign_in("staff", PASSWORD)
    clock.now += IDLE_SECONDS - 1
    assert door.identity(token) is not None
    clock.now += 2
    assert door.identity(token, renew=True) is None
    token = door.sign_in("staff", PASSWORD)
    for _ in range(ABSOLUTE_SECONDS // 600):
        assert door.identity(token, renew=True) is not None
        clock.now += 600
    assert door.identity(token, renew=True) is None


def test_what_a_page_does_by_itself_renews_nothing(door: Door, clock: Clock) -> None:
    token = door.sign_in("staff", PASSWORD)
    for _ in range(15):
        clock.now += 60
        door.identity(token)
    assert door.identity(token) is None


def test_a_token_that_was_changed_or_used_up_opens_nothing(door: Door) -> None:
    token = door.sign_in("staff", PASSWORD)
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert door.identity(other) is None
    assert door.identity("x" * 100_000) is None
    assert door.identity("") is None
    door.sign_out(token)
    assert door.identity(token) is None


@pytest.mark.parametrize("change", ["grants", "password", "disable", "end"])
def test_changing_an_account_ends_its_sessions(change: str, door: Door) -> None:
    token, other = door.sign_in("staff", PASSWORD), door.sign_in("coordinator", PASSWORD)
    accounts = door.accounts
    if change == "grants":
        accounts.set_grants("staff", (("staff", "south"),))
    elif change == "password":
        accounts.set_password("staff", "another four words now")
    elif change == "disable":
        accounts.set_disabled("staff", True)
    else:
        accounts.end_sessions("staff")
    assert door.identity(token) is None
    assert door.identity(other) is not None


def test_a_file_that_breaks_lets_nobody_stay(door: Door) -> None:
    token = door.sign_in("staff", PASSWORD)
    door.accounts.file.write_text("{")
    assert door.identity(token) is None
    assert door.is_shut()


def test_an_account_is_locked_after_five_failures_and_opens_again(door: Door, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            door.sign_in("staff", "wrong words altogether")
    with pytest.raises(NotSignedIn):
        door.sign_in("staff", PASSWORD)
    clock.now += 61
    assert door.sign_in("staff", PASSWORD)
    # The lock grows, and never beyond a quarter of an hour.
    for _ in range(12):
        with pytest.raises(NotSignedIn):
            door.sign_in("staff", "wrong words altogether")
        clock.now += 15 * 60 + 1
    assert door.sign_in("staff", PASSWORD)


def test_shut_and_unknown_accounts_get_the_same_sentence(door: Door) -> None:
    door.accounts.set_disabled("staff", True)
    said = set()
    for name in ("staff", "unknown", "funder"):
        with pytest.raises(NotSignedIn) as refused:
            door.sign_in(name, PASSWORD if name != "funder" else "wrong words altogether")
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_code_is_needed_where_codes_are_on_and_counts_once(door: Door, clock: Clock) -> None:
    secret = door.accounts.new_secret("staff")
    clock.now += 60
    with pytest.raises(NotSignedIn):
        door.sign_in("staff", PASSWORD)
    code = pyotp.TOTP(secret).at(clock.now)
    assert door.sign_in("staff", PASSWORD, code)
    with pytest.raises(NotSignedIn):
        door.sign_in("staff", PASSWORD, code)
    clock.now += 30
    assert door.sign_in("staff", PASSWORD, pyotp.TOTP(secret).at(clock.now))


def test_a_code_from_before_the_process_began_counts_no_more(door: Door, clock: Clock) -> None:
    secret = door.accounts.new_secret("staff")
    code = pyotp.TOTP(secret).at(clock.now)
    with pytest.raises(NotSignedIn):
        door.sign_in("staff", PASSWORD, code)


def test_the_log_holds_no_secret(door: Door, clock: Clock) -> None:
    secret = door.accounts.new_secret("staff")
    clock.now += 60
    code = pyotp.TOTP(secret).at(clock.now)
    token = door.sign_in("staff", PASSWORD, code)
    with pytest.raises(NotSignedIn):
        # People type a password into the field of the name.
        door.sign_in(PASSWORD, "")
    with pytest.raises(NotSignedIn):
        door.sign_in("coordinator", "not the right words")
    door.sign_out(token)
    assert door.log.file is not None
    text = door.log.file.read_text()
    for word in (PASSWORD, "not the right words", token, code, secret):
        assert word not in text
    assert [(line["account"], line["what"]) for line in door.log.lines()] == [
        ("staff", "signed out"),
        ("coordinator", "failed"),
        ("", "failed"),
        ("staff", "signed in"),
    ]
    assert door.log.file.stat().st_mode & 0o777 == 0o600
