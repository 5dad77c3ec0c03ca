"""Time to the event by one exposure, in the way of reading that somebody chooses."""

from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from remission.cohort import Study
from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, kaplan_meier, log_rank
from remission.estimate.formula import required
from remission.estimate.result import Coefficients, Curve, Test
from remission.questions.problem import Problem, answer_or_problem
from remission.tables import landmark, risk_interval, time_to_event

Way = Literal["over_time", "landmark", "day_0"]
WAYS: tuple[Way, ...] = get_args(Way)
WHO = "participant_id"
# With more values a number is no set of groups: it has a hazard ratio per point and no curves.
DRAWN = 6


@dataclass(frozen=True)
class Reading:
    """What somebody wants to read time to the event by.

    Attributes
    ----------
    exposure : str
        ``group``, ``group_type``, levels of study.yaml such as ``engagement_level``, or a measure.
    way : {"over_time", "landmark", "day_0"}
        As told last before each day; as known on the landmark, among those still free then; as known at day 0.
    day : int
        The landmark.
    definition : str
        An outcome definition; the study's own where empty.
    terms : str
        Covariates of day 0 to adjust hazard ratios for.
    """

    exposure: str
    way: Way = "over_time"
    day: int = 183
    definition: str = ""
    terms: str = ""


@dataclass(frozen=True)
class Relapse:
    """Curves and hazard ratios by an exposure.

    Attributes
    ----------
    reading : Reading
    curve : Curve or Problem
    test : Test, Problem or None
        Of equal curves; None where values change over time, for which the model speaks.
    model : Coefficients or Problem
    definition : str
        What the event is, in a sentence.
    """

    reading: Reading
    curve: Curve | Problem
    test: Test | Problem | None
    model: Coefficients | Problem
    definition: str


def exposures_of(study: Study) -> list[str]:
    """Name what time to the event may be read by: groups, their kind, engagement in levels and in points."""
    protocol = study.protocol
    return list(dict.fromkeys(["group", "group_type", *protocol.all_levels, protocol.engagement.measure]))


def relapse(study: Study, reading: Reading) -> Relapse:
    """Estimate time to the event by an exposure.

    Where values change over time, participants are at risk in the curve of the value that they last told (Simon and
    Makuch); hazard ratios come with errors robust by participant.

    Parameters
    ----------
    study : Study
    reading : Reading

    Raises
    ------
    DefinitionError
        No such exposure, definition or way of reading.

    References
    ----------
    Simon R, Makuch RW (1984). A non-parametric graphical representation of the relationship between survival and the
    occurrence of an event. doi:10.1002/sim.4780030106. Anderson JR, Cain KC, Gelber RD (1983), for landmarks:
    doi:10.1200/JCO.1983.1.11.710.
    """
    table = relapse_table(study, reading)
    entry = None if reading.way == "day_0" else "entry"
    by = reading.exposure
    test = None
    if reading.way != "over_time":
        test = answer_or_problem(lambda: log_rank(_in_groups(table, by), by=by, entry=entry))
    curve = answer_or_problem(lambda: kaplan_meier(_in_groups(table, by), by=by, entry=entry))
    model = answer_or_problem(lambda: _hazards(table, reading))
    return Relapse(reading, curve, test, model, table.attrs["definition_sentence"])


def relapse_table(study: Study, reading: Reading) -> pd.DataFrame:
    """Make the table that a reading rests on: one row a participant, or a stretch of one over time."""
    if reading.way not in WAYS:
        raise DefinitionError(f"There is no way of reading '{reading.way}'.", f"There are {', '.join(WAYS)}.")
    definition = reading.definition or None
    others = sorted(required(reading.terms)) if reading.terms else []
    if reading.way == "over_time":
        return risk_interval(study, [reading.exposure], others, definition=definition)
    if reading.way == "landmark":
        return landmark(study, float(reading.day), [reading.exposure, *others], definition)
    return time_to_event(study, [reading.exposure, *others], definition)


def _hazards(table: pd.DataFrame, reading: Reading) -> Coefficients:
    exposure = reading.exposure
    own = exposure if pd.api.types.is_numeric_dtype(table[exposure]) else f"C({exposure})"
    right = f"{own} + {reading.terms}" if reading.terms else own
    if reading.way == "day_0":
        return cox(f"Event(exit, event) ~ {right}", table)
    cluster = WHO if reading.way == "over_time" else None
    return cox(f"Event(entry, exit, event) ~ {right}", table, cluster=cluster)


def _in_groups(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Turn a number of few values into groups in their order; leave out what is not known."""
    known = table[table[by].notna()].reset_index(drop=True)
    known.attrs = dict(table.attrs)
    absent = table.loc[table[by].isna(), WHO].nunique()
    if absent:
        known.attrs["left_out"] = (*table.attrs["left_out"], (f"'{by}' is not known, at least for a time", absent))
    if not pd.api.types.is_numeric_dtype(known[by]):
        return known
    values = sorted(known[by].unique())
    if len(values) > DRAWN:
        raise NotEstimable(
            f"'{by}' has {len(values)} values, too many for curves.", "Read its hazard ratio, or cut it under `levels`."
        )
    order = pd.CategoricalDtype([f"{value:g}" for value in values], ordered=True)
    return known.assign(**{by: known[by].map(lambda value: f"{value:g}").astype(order)})


def as_python(reading: Reading, folder: str) -> str:
    """Write the call that gives the same numbers."""
    stated = [f"{reading.exposure!r}", f"way={reading.way!r}"]
    stated += [f"day={reading.day}"] if reading.way == "landmark" else []
    stated += [f"{name}={value!r}" for name in ("definition", "terms") if (value := getattr(reading, name))]
    return (
        "from remission.cohort import open_study\n"
        "from remission.questions import Reading, relapse, relapse_table\n\n"
        f"study = open_study({folder!r})\n"
        f"reading = Reading({', '.join(stated)})\n"
        "table = relapse_table(study, reading)  # the rows that it rests on\n"
        "found = relapse(study, reading)\n"
        "print(found.curve.tidy().to_string(), found.model.tidy().to_string(), sep='\\n')\n"
    )


def asks(reading: Reading, name: str) -> str:
    """Say in a sentence which question a reading answers."""
    if reading.way == "day_0":
        return f"Does {name} at day 0 go with what follows? What people do later does not count."
    if reading.way == "landmark":
        return (
            f"Among those still free and followed on day {reading.day}: does {name} by then go with what follows? "
            "Earlier events do not count."
        )
    return (
        f"Does {name}, as last told, go with the event in the days after it? A value counts from the day after it was "
        "told until the next. The curves are of somebody who would stay as they are all along; people change."
    )
