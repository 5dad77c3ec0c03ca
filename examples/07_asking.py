"""Asking people: a personal link, its pages, and one response in the cohort database.

Nothing is simulated here: a study is made in a temporary folder and one participant is invited to the
interview at month 3. The answers go the way of the web pages: kept page by page, handed in once. Expected:
5 pages in English and in Spanish, 20 answers, one of them declined and stored with the reason "refused", and a
link that is finished.
"""

import tempfile
from pathlib import Path

import pandas as pd

from remission.asking import hand_in, invite, link_status, questionnaire
from remission.asking.drafts import save
from remission.asking.links import find_link
from remission.asking.questionnaire import Given
from remission.cohort import BatchInfo, Entries, answers, create_study, record

with tempfile.TemporaryDirectory() as folder:
    study = create_study(Path(folder) / "study", "engagement")
    people = pd.DataFrame({"participant_id": ["1017"], "site": None, "arm": None, "origin_date": ["2024-03-01"]})
    record(study, Entries(participants=people), BatchInfo("form"))

    token = invite(study, "month_3")["token"].iloc[0]
    link = find_link(study, token)
    assert link is not None
    for language in ("en", "es"):
        asked = questionnaire(study, "month_3", "1017", language)
        print(f"{len(asked.pages)} pages; the first asks: {asked.pages[0].questions[0].text}")

    asked = questionnaire(study, "month_3", "1017")
    for page in asked.pages:
        low = {q.item.name: page.instrument.bounds(q.item.name)[0] or 0.0 for q in page.questions}
        said = {name: Given(None, "refused") if name == "ties" else Given(value) for name, value in low.items()}
        save(study, link, page, said)
    print("\nBefore handing in:", link_status(study).loc[0, ["state", "answers"]].to_dict())
    hand_in(study, link, asked, "example", day=92)
    print("After handing in: ", link_status(study).loc[0, ["state", "answers"]].to_dict())
    held = answers(study)
    print(f"{len(held)} answers, declined: {held.loc[held['missing_reason'] == 'refused', 'item'].tolist()}")
