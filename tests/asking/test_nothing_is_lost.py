"""Answers that were said to be saved are recorded or kept, whatever changes in between."""

import importlib

import pandas as pd
import pytest
from visitor import PAGES, Client, answer_all, link_to, reopened

from remission.asking import hand_in, invite, link_status, questionnaire, survey_app
from remission.asking.links import LINK, find_link
from remission.cohort import BatchInfo, Entries, Study, answers, record
from remission.cohort.engine import writing
from remission.locate import shipped


def test_a_page_saved_while_handing_in_is_recorded(
    study: Study, client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("remission.asking.hand_in")
    answer_all(client, path)
    plain, calls = module.record, []

    def late(*words: object, **more: object) -> object:
        if not calls:
            calls.append(client.post(f"{path}/2", PAGES[2] | {"a.member": "1"}).status)
        return plain(*words, **more)

    monkeypatch.setattr(module, "record", late)
    client.post(f"{path}/end")
    assert calls == [303]
    assert answers(study).set_index("item").loc["member", "value"] == 1
    assert len(answers(study)) == 20


def test_answers_whose_question_is_gone_are_kept_and_marked(study: Study) -> None:
    client, path = Client(survey_app(study)), link_to(study, "1017")
    answer_all(client, path)
    reopened(study, "abstinence_self_efficacy, recent_use]", "recent_use]")
    client.post(f"{path}/end")
    assert "Someone from the team will look" in client.get(f"{path}/thanks").words
    assert len(answers(study)) == 12
    status = link_status(study).iloc[0]
    assert status["answers"] == 8
    assert status["needs_attention"] == "answers to questions that are not asked any more"


def test_answers_of_another_version_are_not_recorded_as_this_one(study: Study) -> None:
    client, path = Client(survey_app(study)), link_to(study, "1017")
    answer_all(client, path)
    folder = study.path / "instruments" / "recovery_identity"
    folder.mkdir(parents=True)
    text = (shipped("instruments") / "recovery_identity" / "instrument.yaml").read_text()
    (folder / "instrument.yaml").write_text(text.replace('version: "1.0"', 'version: "2.0"'))
    client.post(f"{path}/end")
    assert "recovery_identity" not in set(answers(study)["instrument"])
    assert link_status(study).loc[0, "answers"] == 4


def test_a_page_of_another_sheet_is_not_taken_for_this_one(study: Study, client: Client, path: str) -> None:
    client.post(path)
    assert client.post(f"{path}/1", PAGES[1] | {"sheet": "gad7|1.0||item1"}).to == f"{path}/1"
    assert link_status(study).loc[0, "answers"] == 0


def test_an_erased_answer_is_not_handed_in(study: Study, client: Client, path: str) -> None:
    client.post(f"{path}/1", PAGES[1])
    client.post(f"{path}/1", PAGES[1] | {"a.meetings_30d.n": ""})
    assert link_status(study).loc[0, "answers"] == 4


def test_a_slash_too_many_redirects_nowhere(client: Client, path: str) -> None:
    got = client.get(f"{path}/")
    assert got.status == 404
    assert "location" not in got.headers


def test_the_dead_and_the_withdrawn_are_not_invited(study: Study) -> None:
    events = pd.DataFrame({"participant_id": ["1017"], "kind": "withdrawal", "day": 30})
    record(study, Entries(status_events=events), BatchInfo("form"))
    assert invite(study, "month_3")["participant_id"].tolist() == ["1018"]


def test_a_new_link_takes_over_what_an_expired_one_kept(study: Study) -> None:
    client, first = Client(survey_app(study)), link_to(study, "1017")
    client.post(f"{first}/2", PAGES[2])
    with writing(study.engine) as connection:
        connection.execute(LINK.update().values(expires_at=LINK.c.created_at))
    second = link_to(study, "1017")
    assert "Answers saved so far: 4." in client.get(second).words


def test_handing_in_an_empty_form_closes_the_link(study: Study) -> None:
    link = find_link(study, link_to(study, "1017").rsplit("/", 1)[1])
    assert link is not None
    assert hand_in(study, link, questionnaire(study, "month_3", "1017"), "tester", None)
    assert link_status(study).loc[0, "state"] == "finished"
