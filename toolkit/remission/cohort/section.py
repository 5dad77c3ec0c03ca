"""A part of study.yaml."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of study.yaml; a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
