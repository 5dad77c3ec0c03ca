"""Mutual-help groups as data: what tells them apart, their variants, and what happens there."""

from functools import lru_cache
from typing import Literal

from pydantic import Field

from remission.locate import shipped
from remission.survey.part import Part
from remission.yaml_file import read_yaml

FILE = "mutual_help_groups.yaml"


class Group(Part):
    """A mutual-help group and the attributes that analyses may compare by."""

    title: str
    approach: Literal["12-step", "secular", "religious", "cultural", "none", "other", "unknown"] = "unknown"
    spiritual: bool | None = None
    gender: Literal["anyone", "women", "men"] = "anyone"
    goal: Literal["abstinence", "moderation", "own choice", "none", "unknown"] = "unknown"
    within: str | None = None


class Taxonomy(Part):
    """The groups that are known, with variants of their meetings, kinds of events and formats."""

    groups: dict[str, Group]
    variants: dict[str, str] = Field(default_factory=dict)
    events: dict[str, str] = Field(default_factory=dict)
    formats: dict[str, str] = Field(default_factory=dict)

    @property
    def titles(self) -> dict[str, str]:
        """Return code and name of every group."""
        return {code: group.title for code, group in self.groups.items()}


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """Read the groups that ship."""
    return Taxonomy.model_validate(read_yaml(shipped("instruments") / FILE))
