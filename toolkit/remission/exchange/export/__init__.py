"""Cohort data out: SPSS, Stata, CSV, Parquet, REDCap, each read back before it takes its name."""

from remission.exchange.export.request import ExportRefused, ExportRequest, format_of
from remission.exchange.export.run import ExportPlan, export, plan_export, write_export

__all__ = ["ExportPlan", "ExportRefused", "ExportRequest", "export", "format_of", "plan_export", "write_export"]
