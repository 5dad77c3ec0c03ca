"""Participant flow as a part of a report."""

from remission.questions.flow import Flow
from remission.report.flow_diagram import flow_diagram, flow_sentence, flow_table
from remission.report.section import Section

ASKS = "What became of everybody at every wave. All are counted here, also those whose answers may not be used."


def flow_section(found: Flow) -> Section:
    """Draw the diagram with its table."""
    tables = (("What became of everybody, wave by wave", flow_table(found)),)
    return Section("", flow_sentence(found), None, tables, asks=ASKS, drawing=flow_diagram(found))
