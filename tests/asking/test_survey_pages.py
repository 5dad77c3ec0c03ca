"""The pages of a personal link, from the first look to the thanks."""

import hashlib
import sqlite3
import threading

import pandas as pd
import pytest
from visitor import PAGES, TODAY, Client, answer_all, link_to

from remission.asking import link_status, revoke, survey_app
from remission.cohort import Study, answers, audit_trail, batches


def dump(study: Study) -> str:
    return hashlib.sha256((study.path / "cohort.db").read_bytes()).hexdigest()


def test_a_get_changes_nothing(study: Study, client: Client, path: str) -> None:
    before = dump(study)
    for page in ("", "/1", "/5", "/end", "/thanks", "?language=es"):
        client.get(path + page)
    assert dump(study) == before
    assert link_status(study).loc[0, "state"] == "open"


def test_every_page_is_saved_and_the_whole_is_one_response(study: Study, client: Client, path: str) -> None:
    assert client.post(path).to == f"{path}/1"
    for page, fields in PAGES.items():
        assert client.post(f"{path}/{page}", fields).to == (f"{path}/{page + 1}" if page < 5 else f"{path}/end")
        assert link_status(study).loc[0, "answers"] == sum(len(PAGES[n]) for n in range(1, page + 1))
    assert answers(study).empty
    assert client.post(f"{path}/end").to == f"{path}/thanks"
    assert "Your answers are saved." in client.get(f"{path}/thanks").words
    held = answers(study).set_index("item")
    assert len(held) == 20
    assert held["day"].unique().tolist() == [(TODAY - pd.Timestamp("2024-03-01").date()).days]
    assert held.loc["meetings_30d", "value"] == 12
    assert held.loc["social_pressure", "value"] == 62.5
    assert held.loc["identifies", "missing_reason"] == "refused"
    assert batches(study)["kind"].tolist() == ["form", "survey"]
    assert link_status(study).loc[0, ["state", "answers"]].tolist() == ["finished", 0]


def test_two_taps_are_one_response(study: Study, client: Client, path: str) -> None:
    answer_all(client, path)
    assert client.post(f"{path}/end").to == client.post(f"{path}/end").to
    assert len(answers(study)) == 20
    assert len(batches(study)) == 2


def test_many_hands_at_once_make_one_response(study: Study, client: Client, path: str) -> None:
    answer_all(client, path)
    told: list[int] = []
    taps = [threading.Thread(target=lambda: told.append(client.post(f"{path}/end").status)) for _ in range(6)]
    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()
    assert told == [303] * 6
    assert len(answers(study)) == 20
    assert len(batches(study)) == 2


def test_a_person_who_comes_back_goes_on_where_they_stopped(study: Study, client: Client, path: str) -> None:
    client.post(path)
    client.post(f"{path}/1", PAGES[1])
    again = Client(survey_app(study))
    assert "Answers saved so far: 5." in again.get(path).words
    assert again.post(path).to == f"{path}/2"
    assert 'value="12"' in again.get(f"{path}/1").text


def test_an_answer_may_be_changed_until_it_is_handed_in(study: Study, client: Client, path: str) -> None:
    answer_all(client, path)
    client.post(f"{path}/2", PAGES[2] | {"a.member": "1"})
    client.post(f"{path}/end")
    assert answers(study).set_index("item").loc["member", "value"] == 1


def test_a_blank_is_never_stored_and_the_rest_of_the_page_is_kept(study: Study, client: Client, path: str) -> None:
    client.post(path)
    sent = client.post(f"{path}/2", {name: value for name, value in PAGES[2].items() if name != "a.ties"})
    assert sent.status == 422
    assert "3. Please answer, or choose" in sent.words
    assert link_status(study).loc[0, "answers"] == 3


@pytest.mark.parametrize(
    ("page", "field", "text"),
    [
        (1, "a.meetings_30d.n", "201"),
        (1, "a.meetings_30d.n", "-1"),
        (1, "a.meetings_30d.n", "2.5"),
        (1, "a.meetings_30d.n", "1,000"),
        (1, "a.meetings_30d.n", "nan"),
        (1, "a.meetings_30d.n", "1e1"),
        (1, "a.meetings_30d.n", "<b>12</b>"),
        (1, "a.home_group", "2"),
        (1, "a.home_group", "r:unknown"),
        (2, "a.member", "8"),
        (3, "a.urges.n", "100.01"),
    ],
)
def test_an_impossible_answer_is_named_and_nothing_of_the_page_is_stored(
    study: Study, client: Client, path: str, page: int, field: str, text: str
) -> None:
    client.post(path)
    sent = client.post(f"{path}/{page}", PAGES[page] | {field: text})
    assert sent.status == 422
    assert "cannot be stored as an answer to question" in sent.words
    assert "<b>12" not in sent.text
    assert link_status(study).loc[0, "answers"] == 0


def test_a_number_and_a_refusal_at_once_are_asked_again(study: Study, client: Client, path: str) -> None:
    client.post(path)
    sent = client.post(f"{path}/1", PAGES[1] | {"a.meetings_30d": "r:refused"})
    assert sent.status == 422
    assert "Please either write a number or choose" in sent.words
    assert link_status(study).loc[0, "answers"] == 0


def test_spanish_is_asked_in_spanish(client: Client, path: str) -> None:
    assert "Español" in client.get(path).words
    assert "Empezar" in client.get(f"{path}?language=es").words
    client.post(path, {"language": "es"})
    page = client.get(f"{path}/1")
    assert '<html lang="es">' in page.text
    assert "¿a cuántas reuniones de ayuda mutua fue" in page.words
    assert "Prefiero no decirlo" in page.words


@pytest.mark.parametrize("language", ["xx", "../en", "es'--"])
def test_a_language_that_is_not_offered_is_passed_over(client: Client, path: str, language: str) -> None:
    assert client.post(path, {"language": language}).status == 303
    assert '<html lang="en">' in client.get(f"{path}/1").text


@pytest.mark.parametrize("where", ["", "/1", "/end"])
def test_closed_links_say_so_kindly_and_whom_to_ask(study: Study, client: Client, where: str) -> None:
    told = {
        "/q/nothing-here": "does not open anything here",
        link_to(study, "1018", days=-1): "The time for this link has passed",
    }
    revoked = link_to(study, "1017")
    revoke(study, "1017")
    told[revoked] = "This link was closed"
    for path, sentence in told.items():
        for got in (client.get(path + where), client.post(path + where, PAGES[1])):
            assert got.status in (404, 410)
            assert sentence in got.words
            assert "the person who sent you this link" in got.words
    assert answers(study).empty


def test_a_used_link_thanks_and_takes_nothing_more(study: Study, client: Client, path: str) -> None:
    answer_all(client, path)
    client.post(f"{path}/end")
    assert "were handed in and are saved" in client.get(path).words
    client.post(f"{path}/2", PAGES[2] | {"a.member": "1"})
    assert answers(study).set_index("item").loc["member", "value"] == 6


def test_pages_keep_to_themselves(client: Client, path: str) -> None:
    got = client.get(path)
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in got.headers["content-security-policy"]
    for page in ("", "/1", "/5", "/end"):
        got = client.get(path + page)
        assert "<title>Questions</title>" in got.text
        assert "<script" not in got.text
        assert "Leave this page now" in got.words
        assert "988" in got.words


def test_the_token_is_nowhere_in_the_database(study: Study, client: Client, path: str) -> None:
    answer_all(client, path)
    token = path.rsplit("/", 1)[1]
    assert len(token) >= 22
    for file in study.path.rglob("*"):
        assert not file.is_file() or token.encode() not in file.read_bytes()
    assert token not in audit_trail(study).to_string()


def test_a_page_that_was_never_sent_by_us_is_refused(client: Client, path: str) -> None:
    assert client.ask("POST", f"{path}/1", body=b"a=" + b"x" * 40_000).status == 413
    assert client.ask("POST", f"{path}/1", body=b"&".join(b"a%d=1" % n for n in range(500))).status == 413
    assert client.post(f"{path}/1", {"a.absent": "1"}).status == 422
    assert client.ask("POST", f"{path}/1", body=b"\xff\xfe\x00").status == 422
    assert client.post(f"{path}/99", PAGES[1]).to == f"{path}/1"
    assert client.ask("PUT", path).status == 405


def test_what_was_recorded_meanwhile_is_not_overwritten(study: Study, client: Client, path: str) -> None:
    staff = Client(survey_app(study, mode="interview", today=lambda: TODAY))
    spoken = link_to(study, "1017", mode="interview")
    answer_all(staff, spoken)
    staff.post(f"{spoken}/end")
    answer_all(client, path)
    client.post(f"{path}/2", PAGES[2] | {"a.member": "1"})
    client.post(f"{path}/end")
    assert "Someone from the team will look" in client.get(f"{path}/thanks").words
    assert answers(study).set_index("item").loc["member", "value"] == 6
    status = link_status(study).iloc[0]
    assert status["needs_attention"] == "answers differ from what is recorded for this wave"
    assert status["answers"] == 20


def test_a_locked_database_is_told_kindly_and_nothing_is_lost(study: Study, client: Client, path: str) -> None:
    client.post(path)
    client.post(f"{path}/1", PAGES[1])
    holder = sqlite3.connect(study.path / "cohort.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        got = client.post(f"{path}/2", PAGES[2])
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert got.status == 503
    assert "what you sent before is kept" in got.words
    assert link_status(study).loc[0, "answers"] == 5
    assert client.post(f"{path}/2", PAGES[2]).to == f"{path}/3"
