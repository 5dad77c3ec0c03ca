"""The week's work as a calendar: codes and neutral words alone."""

from datetime import UTC, datetime, timedelta

import icalendar
import pandas as pd

TITLES = {"check contact": "Check contact"}


def calendar_of(tasks: pd.DataFrame, study_mark: str, made_at: datetime | None = None) -> bytes:
    """Write tasks as an iCalendar file (RFC 5545).

    Parameters
    ----------
    tasks : pandas.DataFrame
        As from ``due``.
    study_mark : str
        Random; with it the same task has the same identity in every file, so that a calendar replaces it.
    made_at : datetime.datetime, optional

    Returns
    -------
    bytes
        One all-day event a task, on its target day. Titles hold the participant's code and no word on what the
        study is about.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//remission//due//EN")
    calendar.add("version", "2.0")
    stamp = made_at or datetime.now(UTC)
    for task in tasks.to_dict("records"):
        event = icalendar.Event()
        day = pd.Timestamp(task["target_on"]).date()
        title = TITLES.get(task["state"], "Call")
        event.add("uid", f"{study_mark[:12]}-{task['participant_id']}-{task['wave']}@remission")
        event.add("dtstamp", stamp)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("summary", f"{title} {task['participant_id']}")
        if pd.notna(task["closes_on"]):
            event.add("description", f"Until {pd.Timestamp(task['closes_on']).date()}")
        calendar.add_component(event)
    found: bytes = calendar.to_ical()
    return found
