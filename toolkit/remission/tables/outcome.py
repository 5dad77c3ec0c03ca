"""The study's outcome under a definition, participant by participant."""

import pandas as pd

from remission.cohort import Study, characteristics, drug_tests, reading, status_events
from remission.cohort.memory import remembered
from remission.errors import DefinitionError
from remission.outcomes import (
    OutcomeDefinition,
    endpoint_values,
    first_run,
    first_use,
    first_use_at_waves,
    outcome,
    own_run,
    published_endpoint,
    week_words,
    with_endings,
)
from remission.outcomes.spans import about
from remission.outcomes.use_pattern import MISSED
from remission.tables.follow_up_end import follow_up_end, looked_on
from remission.tables.measures import scores_of
from remission.tables.use_timeline import use_timeline

# Nobody misses a visit after these.
NO_LONGER_TESTED = ("death", "incarceration", "withdrawal")
COLUMNS = ("participant_id", "entry", "exit", "event", "left", "right", "ending", "ending_day")


def definition_of(study: Study, name: str | None = None) -> OutcomeDefinition:
    """Return an outcome definition by name, the study's own ones included; the study's choice where none is named.

    Raises
    ------
    DefinitionError
        There is none.
    """
    chosen = study.protocol.outcome
    wanted = name or chosen.definition
    if wanted in chosen.own:
        own = chosen.own[wanted]
        return own_run(wanted, own.title, own.times, own.within, own.heavy, own.reference)
    return outcome(wanted)


@remembered
def outcome_table(study: Study, definition: OutcomeDefinition | str | None = None) -> pd.DataFrame:
    """One row is a participant: the outcome alone, with its ``attrs``.

    Returns
    -------
    pandas.DataFrame
        ``participant_id entry exit event left right ending ending_day``; ``ending`` is ``use``, ``gap``, ``death``,
        ``incarceration``, ``withdrawal``, ``unreported``, ``lost`` or ``administrative``.
    """
    chosen = definition if isinstance(definition, OutcomeDefinition) else definition_of(study, definition)
    found = _found(study, chosen)
    reasons = [reason for reason in found.attrs["left_out"] if reason[1]]
    silent = len(reading.participants(study)) - len(found) - sum(count for _, count in reasons)
    table = found.assign(entry=0.0, exit=found["exit"].astype(float), event=found["event"].astype(int))
    table = table.reset_index(drop=True)
    end = follow_up_end(study, table)
    table = with_endings(table, status_events(study), end.complete, end.last_seen)[list(COLUMNS)]
    table.attrs = {
        "definition": chosen.title,
        "definition_sentence": chosen.sentence,
        "time_origin": study.protocol.time_origin,
        "measured_day": {},
        "left_out": (*reasons, *((("participants without any report on use", silent),) if silent else ())),
        "contradictions": found.attrs.get("contradictions", 0),
    }
    return table


def _found(study: Study, chosen: OutcomeDefinition) -> pd.DataFrame:
    substance = study.protocol.outcome.substance
    if chosen.source == "waves":
        scores = scores_of(study, chosen.instrument, chosen.scale)
        return first_use_at_waves(scores[scores["wave"] != study.protocol.waves[0].name])
    if chosen.source == "reported_day":
        return first_use(use_timeline(study), substance)
    if chosen.source == "run":
        line = heavy_line(study) if chosen.heavy else None
        return first_run(use_timeline(study), substance, chosen.times, chosen.within, line)
    return _by_weeks(study, chosen.endpoint, substance)


def heavy_line(study: Study) -> pd.Series | float:
    """Return from which quantity on a day is heavy: for all, or for each participant.

    Raises
    ------
    DefinitionError
        The study does not say.
    """
    heavy = study.protocol.outcome.heavy
    if heavy is None:
        raise DefinitionError(
            "The study does not say which days are heavy.",
            "Add to study.yaml, under outcome, `heavy: {at_least: 5}`, or `heavy: {by: sex, at_least: {male: 5, "
            "female: 4}}`.",
        )
    if not isinstance(heavy.at_least, dict):
        return heavy.at_least
    by = characteristics(study).set_index("participant_id")[heavy.by]
    lines: pd.Series = by.map(heavy.at_least).dropna().astype(float)
    return lines


def _weeks(study: Study, people: pd.Index) -> pd.Series:
    """Return how many weeks each participant is looked at: as planned, but none to come or after an ending."""
    planned = study.protocol.outcome.weeks or max(1, max(wave.day for wave in study.protocol.waves) // 7)
    passed = pd.Series(float(planned), index=people)
    looked = looked_on(study)
    if looked is not None:
        origin = reading.participants(study).set_index("participant_id")["origin_date"].reindex(people)
        passed = ((pd.Timestamp(looked) - origin).dt.days // 7).fillna(planned)
    ended = status_events(study)
    gone = ended[ended["kind"].isin(NO_LONGER_TESTED)].groupby("participant_id")["day"].min().astype(float)
    reached = (gone // 7).reindex(people).fillna(float(planned))
    weeks: pd.Series = passed.where(passed < reached, reached).clip(lower=0, upper=planned).astype(int)
    return weeks


def _by_weeks(study: Study, endpoint: str, substance: str) -> pd.DataFrame:
    spans = use_timeline(study)
    known = pd.Index(reading.participants(study)["participant_id"], name="participant_id")
    tests = drug_tests(study) if "tests" in study.protocol.outcome.sources else drug_tests(study)[:0]
    tested = tests.loc[tests["substance"] == substance, "participant_id"]
    told = pd.concat([about(spans, substance)["participant_id"], tested])
    # Lists that name one substance alone do not tell who is free of any: their weeks would all count as missed.
    free = about(spans[spans["state"] == "abstinent"], substance)["participant_id"]
    sure = pd.concat([free, tested])
    people = known[known.isin(sure)]
    weeks = _weeks(study, people)
    words = week_words(spans, tests, weeks, substance)
    values = endpoint_values(endpoint, words, unit="days")
    event = values["event"] == 1
    # Silence is no abstinence: who is without the event is followed to the last week about which anything is known.
    heard = 7.0 * values["participant_id"].map(words.str.rstrip(MISSED).str.len())
    computed = values["exit"].astype(float)
    exit = computed.where(event | (computed <= heard), heard)
    what = "dropout" if published_endpoint(endpoint).kind == "dropout" else "use"
    found = values.assign(
        exit=exit,
        left=(exit - 7).clip(lower=0).where(event, exit),
        right=exit.where(event, float("inf")),
        ending=event.map({True: what, False: "last report"}),
    )
    other = int((known.isin(told) & ~known.isin(sure)).sum())
    reasons = [("nothing was told or tested about use", len(known) - len(people) - other)]
    reasons.append((f"what was told names no day free of '{substance}' (outcome: substance)", other))
    found.attrs = {"left_out": tuple(reasons)}
    return found
