"""Forms with skips, flags, repeats and a site's own words."""

from pathlib import Path

import pandas as pd
import pytest
from visitor import Client, link_to, reopened

from remission.asking import booklet, link_status, questionnaire, survey_app
from remission.cohort import BatchInfo, Entries, Study, answers, open_study, record
from remission.errors import DefinitionError
from remission.safety import flags, take_step
from remission.survey import score

FORM = """
name: own_form
version: "1"
title: Own form
concept: test
recall: today
wording: {wording}
repeats: group
citation: {{text: made for this test}}
licence: {{holder: a publisher, terms: ask the holder}}
confidence: medium
unverified: [everything]
choices:
  no_yes: [{{value: 0, label: "No"}}, {{value: 1, label: "Yes"}}]
items:
  - {{name: ever, descriptor: ever, choices: no_yes{text}}}
  - {{name: often, descriptor: how often, kind: count, minimum: 0, maximum: 9, when_skipped: 0,
     asked_if: {{item: ever, equals: [1]}}{text}}}
  - {{name: alone, descriptor: alone, choices: no_yes, asked_if: {{item: often, at_least: 5}}, when_skipped: 0{text}}}
  - {{name: harm, descriptor: harm, choices: no_yes, counts_from: 1{text}}}
scales:
  - {{name: total, title: Total, items: [ever, often, alone], rule: sum, range: [0, 11]}}
  - {{name: danger, title: Thoughts of harm, items: [harm], rule: any, flag: true}}
"""


@pytest.fixture
def asking(study: Study) -> Study:
    return with_form(study, "own", ", text: Words", "own_form")


def with_form(study: Study, wording: str, text: str, asked: str) -> Study:
    folder = study.path / "instruments" / "own_form"
    folder.mkdir(parents=True)
    (folder / "instrument.yaml").write_text(FORM.format(wording=wording, text=text))
    everything = "[meeting_attendance, recovery_identity, abstinence_self_efficacy, recent_use]"
    reopened(study, everything, f"[{asked}]")
    return reopened(study, "languages: [en, es]", "languages: [en]")


def test_questions_behind_a_closed_gate_are_not_asked(asking: Study) -> None:
    client, path = Client(survey_app(asking)), link_to(asking, "1017")
    assert client.post(path).to == f"{path}/1"
    assert client.post(f"{path}/1", {"a.ever": "0"}).to == f"{path}/3"
    assert client.get(f"{path}/2").to == f"{path}/3"
    page = client.get(f"{path}/3")
    assert page.text.count("<fieldset") == 1
    client.post(f"{path}/3", {"a.harm": "0"})
    client.post(f"{path}/end")
    held = answers(asking)
    assert held["item"].tolist() == ["ever", "harm"]
    assert score(asking.instrument("own_form"), held, "total")["score"].tolist() == [0]


def test_an_answer_behind_a_gate_that_closed_later_is_not_handed_in(asking: Study) -> None:
    client, path = Client(survey_app(asking)), link_to(asking, "1017")
    client.post(f"{path}/1", {"a.ever": "1"})
    assert client.post(f"{path}/2", {"a.often.n": "7"}).to == f"{path}/3"
    client.post(f"{path}/3", {"a.alone": "1", "a.harm": "0"})
    client.post(f"{path}/1", {"a.ever": "0"})
    client.post(f"{path}/end")
    assert answers(asking)["item"].tolist() == ["ever", "harm"]


def test_a_flag_is_raised_when_the_page_is_sent(asking: Study) -> None:
    client, path = Client(survey_app(asking)), link_to(asking, "1017")
    client.post(f"{path}/1", {"a.ever": "0"})
    client.post(f"{path}/3", {"a.harm": "1"})
    assert link_status(asking).loc[0, "needs_attention"] == "own_form: Thoughts of harm"
    client.post(f"{path}/end")
    assert "If things are hard right now" in client.get(f"{path}/thanks").words


def test_a_form_is_asked_about_each_group_of_the_participant(study: Study) -> None:
    asking = with_form(study, "own", ", text: Words", "{instrument: own_form, about: each_group}")
    spells = pd.DataFrame(
        {
            "participant_id": "1017",
            "group_name": ["twelve_step", "smart", "lifering"],
            "start_day": 0,
            "end_day": [None, None, 20],
            "is_primary": [False, True, False],
        }
    )
    record(asking, Entries(affiliations=spells), BatchInfo("form"))
    asked = questionnaire(asking, "month_3", "1017")
    assert list(dict.fromkeys(page.about for page in asked.pages)) == ["smart", "twelve_step"]
    client, path = Client(survey_app(asking)), link_to(asking, "1017")
    assert "About SMART Recovery" in client.get(f"{path}/1").words
    for page, ever in ((1, "0"), (4, "1")):
        client.post(f"{path}/{page}", {"a.ever": ever})
    client.post(f"{path}/5", {"a.often.n": "3"})
    for page in (3, 6):
        client.post(f"{path}/{page}", {"a.harm": "0"})
    client.post(f"{path}/end")
    scored = score(asking.instrument("own_form"), answers(asking), "total").set_index("about")["score"]
    assert scored.to_dict() == {"smart": 0, "twelve_step": 4}


def test_a_form_without_words_is_not_shown_and_says_why(study: Study) -> None:
    asking = with_form(study, "absent", "", "own_form")
    with pytest.raises(DefinitionError, match=r"does not ship \(licence: ask the holder, a publisher\)"):
        questionnaire(asking, "month_3", "1017")


def test_a_site_s_own_words_are_shown(study: Study) -> None:
    asking = with_form(study, "absent", "", "own_form")
    lines = ["part,name,value,text", 'title,,,"Our <title>"', 'intro,,,"Today, <b>now</b>"']
    lines += [f"item,{name},,Our words for {name}" for name in ("ever", "often", "alone", "harm")]
    words = asking.path / "wordings" / "own_form.en.csv"
    words.parent.mkdir()
    words.write_text("\n".join([*lines, "choice,no_yes,0,Nope"]))
    with pytest.raises(DefinitionError, match="choice 1 of 'no_yes' has no words"):
        questionnaire(asking, "month_3", "1017")
    words.write_text("\n".join([*lines, "choice,no_yes,0,Nope", "choice,no_yes,1,Yep"]))
    client, path = Client(survey_app(asking)), link_to(asking, "1017")
    page = client.get(f"{path}/1")
    assert "Today, &lt;b&gt;now&lt;/b&gt;" in page.text
    assert "Yep" in page.words


def test_the_booklet_says_when_a_question_is_asked(asking: Study) -> None:
    page = booklet(asking, "baseline")
    assert "only if your answer to 1 was 1" in page
    assert "only if your answer to 2 was 5 or more" in page
    assert page.count("I would rather not say") == 4


def test_the_booklet_speaks_spanish(study: Study) -> None:
    assert "Prefiero no decirlo" in booklet(study, "baseline", "es")


def test_forms_of_an_absent_instrument_or_wave_are_refused(study: Study, tmp_path: Path) -> None:
    file = study.path / "study.yaml"
    sound = file.read_text()
    for old, new, told in (
        ("every: [meeting_attendance", "every: [meeting_attendence", "no instrument 'meeting_attendence'"),
        ("every: [", "someday: [", "there is no wave someday"),
        ("contact: {en:", "contact: {fr:", "contact: it has no words in the language en"),
        ("leave_to: https", "leave_to: javascript", "write a full address"),
    ):
        assert old in sound
        file.write_text(sound.replace(old, new))
        with pytest.raises(DefinitionError, match=told):
            open_study(study.path)


def test_a_language_without_all_the_words_is_not_offered(study: Study) -> None:
    folder = study.path / "instruments" / "own_form"
    folder.mkdir(parents=True)
    (folder / "instrument.yaml").write_text(FORM.format(wording="own", text=", text: Words"))
    asking = reopened(study, "every: [meeting_attendance,", "every: [own_form, meeting_attendance,")
    client, path = Client(survey_app(asking)), link_to(asking, "1017")
    assert "Español" not in client.get(path).words
    client.post(path, {"language": "es"})
    assert '<html lang="en">' in client.get(f"{path}/1").text


def test_a_flag_waits_for_a_person_before_the_answers_are_handed_in(asking: Study) -> None:
    client, path = Client(survey_app(asking)), link_to(asking, "1017")
    client.post(f"{path}/1", {"a.ever": "0"})
    client.post(f"{path}/3", {"a.harm": "1"})
    found = flags(asking)
    assert found[["participant_id", "rule", "wave", "state"]].to_numpy().tolist() == [
        ["1017", "own_form.danger", "month_3", "open"]
    ]
    # Taken back before handing in: somebody did say it.
    client.post(f"{path}/3", {"a.harm": "0"})
    assert flags(asking)["state"].tolist() == ["open"]
    client.post(f"{path}/end")
    assert flags(asking)["state"].tolist() == ["open"]
    take_step(asking, found["flag"].item(), "handled", note="called")
    assert flags(asking)["state"].tolist() == ["handled"]
    assert link_status(asking)["needs_attention"].isna().all()


def test_a_flag_about_a_group_is_one_flag(study: Study) -> None:
    asking = with_form(study, "own", ", text: Words", "{instrument: own_form, about: each_group}")
    spell = {"participant_id": "1017", "group_name": "smart", "start_day": 0, "end_day": None, "is_primary": True}
    record(asking, Entries(affiliations=pd.DataFrame([spell])), BatchInfo("form"))
    client, path = Client(survey_app(asking)), link_to(asking, "1017")
    client.post(f"{path}/1", {"a.ever": "0"})
    client.post(f"{path}/3", {"a.harm": "1"})
    assert flags(asking)["sentence"].tolist() == ["Thoughts of harm (own_form) about SMART Recovery."]
