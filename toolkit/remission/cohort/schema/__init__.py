"""The tables of the cohort database."""

from remission.cohort.schema import following, observed, surveying, trail, use
from remission.cohort.schema.parts import METADATA

__all__ = ["METADATA", "following", "observed", "surveying", "trail", "use"]
