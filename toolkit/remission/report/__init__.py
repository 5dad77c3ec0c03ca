"""From a result to a figure, a table, an honest sentence, a document."""

from remission.report import sentences
from remission.report.answers import answer_section
from remission.report.answers.relapse import relapse_section
from remission.report.coefficient_table import coefficient_table
from remission.report.curve_chart import curve_chart
from remission.report.dark import dark_chart, dark_drawing
from remission.report.document import write_report
from remission.report.follow_up_chart import follow_up_by_table, follow_up_chart, follow_up_table
from remission.report.missing_chart import missing_chart, missing_sentence, missing_table
from remission.report.names import Names, names_of
from remission.report.path_diagram import path_diagram, path_sentence
from remission.report.pdf import write_pdf
from remission.report.person_chart import (
    milestone_table,
    person_sentence,
    scores_chart,
    scores_sentence,
    scores_table,
    signal_sentence,
    signal_table,
    timeline_chart,
    timeline_table,
)
from remission.report.protocol_tables import batch_sentence, batch_table, measure_table, version_table, wave_table
from remission.report.quality_tables import group_sentence, group_table, left_out_table, window_sentence, window_table
from remission.report.query_tables import query_counts, query_sentence, query_table
from remission.report.reach_chart import (
    forecast_sentences,
    forecast_table,
    reach_chart,
    reach_sentence,
    reach_table,
)
from remission.report.readings import curve_table
from remission.report.safety_tables import safety_sentence, safety_table
from remission.report.section import Section
from remission.report.sections import variance_table
from remission.report.tables_page import write_tables
from remission.report.time_axis import TimeAxis, axis_of
from remission.report.trajectory_chart import trajectory_chart, trajectory_sentence, trajectory_table
from remission.report.week_table import week_sentence, week_table

__all__ = [
    "Names",
    "Section",
    "TimeAxis",
    "answer_section",
    "axis_of",
    "batch_sentence",
    "batch_table",
    "coefficient_table",
    "curve_chart",
    "curve_table",
    "dark_chart",
    "dark_drawing",
    "follow_up_by_table",
    "follow_up_chart",
    "follow_up_table",
    "forecast_sentences",
    "forecast_table",
    "group_sentence",
    "group_table",
    "left_out_table",
    "measure_table",
    "milestone_table",
    "missing_chart",
    "missing_sentence",
    "missing_table",
    "names_of",
    "path_diagram",
    "path_sentence",
    "person_sentence",
    "query_counts",
    "query_sentence",
    "query_table",
    "reach_chart",
    "reach_sentence",
    "reach_table",
    "relapse_section",
    "safety_sentence",
    "safety_table",
    "scores_chart",
    "scores_sentence",
    "scores_table",
    "sentences",
    "signal_sentence",
    "signal_table",
    "timeline_chart",
    "timeline_table",
    "trajectory_chart",
    "trajectory_sentence",
    "trajectory_table",
    "variance_table",
    "version_table",
    "wave_table",
    "week_sentence",
    "week_table",
    "window_sentence",
    "window_table",
    "write_pdf",
    "write_report",
    "write_tables",
]
