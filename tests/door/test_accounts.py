"""The file of accounts: what is kept, what is refused, and that half a file lets nobody in."""

import json
import stat
from pathlib import Path

import pytest
from caller import EASY

from remission.door import Accounts
from remission.door.accounts import parse_grants
from remission.door.passwords import code_step, fits, hashed, new_secret
from remission.errors import AccountError

PASSWORD = "four unrelated words here"


def test_the_file_is_private_and_holds_no_password(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts.json")
    accounts.add("maria", PASSWORD, (("staff", "north"),))
    assert stat.S_IMODE((tmp_path / "accounts.json").stat().st_mode) == 0o600
    assert PASSWORD not in (tmp_path / "accounts.json").read_text()
    kept = accounts.get("maria")
    assert kept is not None
    assert fits(PASSWORD, kept.password)
    assert not fits(PASSWORD + "x", kept.password)
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.json"]


@pytest.mark.parametrize("password", EASY)
def test_passwords_that_are_guessed_first_are_refused(password: str, tmp_path: Path) -> None:
    with pytest.raises(AccountError):
        Accounts(tmp_path / "accounts.json").add("maria", password, ())
    assert not (tmp_path / "accounts.json").exists()


@pytest.mark.parametrize("name", ["", "a", "Maria", "maria rossi", "../x", "a" * 65, "maria\n"])
def test_names_that_are_none_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="is no name"):
        Accounts(tmp_path / "accounts.json").add(name, PASSWORD, ())


def test_roles_need_a_site_and_must_be_known() -> None:
    assert parse_grants(["staff:north,south", "statistician:*"]) == (
        ("staff", "north"),
        ("staff", "south"),
        ("statistician", "*"),
    )
    with pytest.raises(AccountError, match="for no site"):
        parse_grants(["staff"])
    with pytest.raises(AccountError, match="no role 'boss'"):
        parse_grants(["boss:*"])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2, "accounts": {}}', '{"format": 1, "accounts": {"a": 3}}']
)
def test_a_file_that_cannot_be_read_is_no_empty_file(text: str, tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(text)
    with pytest.raises(AccountError):
        Accounts(file).all()
    with pytest.raises(AccountError):
        Accounts(file).add("maria", PASSWORD, ())
    assert file.read_text() == text


def test_changes_are_seen_by_whoever_holds_the_file_open(tmp_path: Path) -> None:
    first, second = Accounts(tmp_path / "accounts.json"), Accounts(tmp_path / "accounts.json")
    first.add("maria", PASSWORD, ())
    assert set(second.all()) == {"maria"}
    first.set_grants("maria", (("staff", "north"),))
    kept = second.get("maria")
    assert kept is not None
    assert (kept.grants, kept.generation) == ((("staff", "north"),), 2)
    with pytest.raises(AccountError, match="no account adam"):
        first.set_disabled("adam", True)
    with pytest.raises(AccountError, match="already"):
        first.add("maria", PASSWORD, ())
    assert set(json.loads((tmp_path / "accounts.json").read_text())["accounts"]) == {"maria"}


def test_codes_of_rfc_6238_are_accepted_once_and_only_near_their_time() -> None:
    # Appendix B of RFC 6238, SHA-1: at 59 seconds 94287082, of which six digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert code_step(secret, "287 082", 59, after=-1) == 1
    assert code_step(secret, "287082", 59, after=1) is None
    assert code_step(secret, "287082", 59 + 61, after=-1) is None
    assert code_step(secret, "081804", 1111111109, after=0) == 1111111109 // 30
    assert code_step(secret, "", 59, after=-1) is None
    assert len(new_secret()) == 32


def test_a_hash_is_never_the_same_twice() -> None:
    assert hashed(PASSWORD) != hashed(PASSWORD)
    assert hashed(PASSWORD).startswith("$argon2id$")
