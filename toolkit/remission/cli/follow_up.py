"""``remission follow-up``: follow-up against its goal, and what it takes to get there."""

from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import heading, sentence, table
from remission.cohort import open_study
from remission.questions.problem import Problem, answer_or_problem
from remission.questions.reach import follow_up_forecast, reach_curve
from remission.report import forecast_sentences, forecast_table, reach_sentence, reach_table


def follow_up(
    study: StudyFolder,
    goal: Annotated[float, typer.Option(min=1, max=100, help="Per cent of those due.")] = 80,
) -> None:
    """Tell how far follow-up is from its goal, what it takes, and how many attempts people need.

    Example: remission follow-up --study my-study --goal 80
    """
    opened = open_study(study, create_database=False)
    forecast = follow_up_forecast(opened, goal / 100)
    for told in forecast_sentences(forecast):
        sentence(told)
    table(forecast_table(forecast))
    heading("Attempts")
    curve = answer_or_problem(lambda: reach_curve(opened))
    if isinstance(curve, Problem):
        sentence(curve.sentence)
        return
    sentence(reach_sentence(curve))
    table(reach_table(curve))
