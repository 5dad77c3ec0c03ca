"""Links: who gets one, how long it is good, and what becomes of answers never handed in."""

from datetime import date

import pytest
from visitor import PAGES, Client, link_to, reopened

from remission.asking import collect_expired, invite, link_status, revoke, settle, survey_app
from remission.asking.links import LINK
from remission.cohort import Study, answers, audit_trail
from remission.cohort.engine import writing
from remission.cohort.windows import standing_today
from remission.errors import DefinitionError, StudyError


def test_nobody_is_invited_twice(study: Study) -> None:
    assert len(invite(study, "month_3")) == 2
    assert invite(study, "month_3").empty
    assert len(invite(study, "month_6", ["1017"])) == 1
    revoke(study, "1017", "month_3")
    assert invite(study, "month_3").empty
    assert invite(study, "month_3", ["1017"])["participant_id"].tolist() == ["1017"]


def test_tokens_are_long_and_all_different(study: Study) -> None:
    tokens = [invite(study, "month_3", ["1017"], mode="interview")["token"].iloc[0] for _ in range(20)]
    assert len(set(tokens)) == 20
    assert {len(token) for token in tokens} == {32}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"wave": "month_99"}, "no wave 'month_99'"),
        ({"wave": "month_3", "participant_ids": ["9"]}, "No participant has the code 9"),
        ({"wave": "month_3", "language": "fr"}, "does not ask in the language 'fr'"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(study: Study, options: dict[str, object], told: str) -> None:
    with pytest.raises((DefinitionError, StudyError), match=told):
        invite(study, **options)
    assert link_status(study).empty


def test_a_study_that_asks_nothing_says_so(study: Study) -> None:
    file = study.path / "study.yaml"
    file.write_text(file.read_text().split("\nasking:")[0])
    with pytest.raises(DefinitionError, match="no section `asking`"):
        invite(reopened(study, "name:", "name:"), "month_3")


def test_revoking_twice_finds_nothing(study: Study) -> None:
    link_to(study, "1017")
    assert revoke(study, "1017") == 1
    with pytest.raises(StudyError, match="no open link"):
        revoke(study, "1017")
    assert audit_trail(study)["action"].tolist() == ["recorded", "invited", "revoked"]


def test_answers_of_a_link_that_ran_out_are_collected_once(study: Study) -> None:
    client = Client(survey_app(study))
    path = link_to(study, "1017")
    client.post(f"{path}/2", PAGES[2])
    with writing(study.engine) as connection:
        connection.execute(LINK.update().values(expires_at=LINK.c.created_at))
    assert "Nothing you sent before is lost" in client.get(path).words
    assert collect_expired(study, "tester") == 1
    held = answers(study)
    assert held["item"].tolist() == ["identifies", "member", "pleased", "ties"]
    assert held["day"].isna().all()
    assert collect_expired(study, "tester") == 0


def test_participants_cannot_open_what_staff_enter_through(study: Study) -> None:
    spoken = link_to(study, "1017", mode="interview")
    assert Client(survey_app(study)).get(spoken).status == 404
    staff = Client(survey_app(study, mode="interview"))
    staff.post(spoken)
    page = staff.get(f"{spoken}/1")
    assert "1017 · month_3" in page.words
    assert "Does not know" in page.words
    assert staff.get(link_to(study, "1018")).status == 404


def test_an_interview_takes_over_what_an_earlier_one_kept(study: Study) -> None:
    staff = Client(survey_app(study, mode="interview"))
    first = link_to(study, "1017", mode="interview")
    staff.post(f"{first}/2", PAGES[2])
    second = link_to(study, "1017", mode="interview")
    assert staff.get(first).status == 410
    assert link_status(study)["answers"].tolist() == [0, 4]
    assert 'value="6" checked' in staff.get(f"{second}/2").text


def test_what_asked_for_attention_is_settled_with_a_trace(study: Study) -> None:
    path = link_to(study, "1017")
    with writing(study.engine) as connection:
        connection.execute(LINK.update().values(needs_attention="phq9: Thoughts of self-harm"))
    assert "If things are hard right now" in Client(survey_app(study)).get(f"{path}/1").words
    assert settle(study, "1017") == 1
    assert link_status(study)["needs_attention"].isna().all()
    last = audit_trail(study).iloc[-1]
    assert last[["action", "old"]].tolist() == ["settled", "phq9: Thoughts of self-harm"]
    with pytest.raises(StudyError, match="Nothing of participant 1017 waits"):
        settle(study, "1017")


def test_an_edit_of_study_yaml_counts_from_the_next_page_on(study: Study) -> None:
    client, path = Client(survey_app(study)), link_to(study, "1017")
    assert "Page 1 of 5" in client.get(f"{path}/1").words
    reopened(study, "abstinence_self_efficacy, recent_use]", "recent_use]")
    assert "Page 1 of 3" in client.get(f"{path}/1").words


def test_who_is_inside_the_window(study: Study) -> None:
    # 1017 has day 0 on 2024-03-01, 1018 none; month_3 is allowed from day 46 to 136.
    for today, expected in (
        (date(2024, 4, 16), "inside"),
        (date(2024, 7, 15), "inside"),
        (date(2024, 7, 16), "outside"),
    ):
        standing = standing_today(study, "month_3", today).set_index("participant_id")["standing"]
        assert standing.to_dict() == {"1017": expected, "1018": "unknown"}
