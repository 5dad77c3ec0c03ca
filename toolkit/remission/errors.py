"""Errors a person can act on: one sentence for the cause, one for the cure."""


class RemissionError(Exception):
    """Something the caller can mend.

    Parameters
    ----------
    cause : str
        One sentence naming what is wrong and where (file, row, variable).
    cure : str
        One sentence saying what to do about it.
    """

    exit_code = 2

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(cause, cure)
        self.cause = cause
        self.cure = cure

    def __str__(self) -> str:
        """Return the cause and the cure as one line."""
        return f"{self.cause} {self.cure}"


class DefinitionError(RemissionError):
    """An instrument, study or mapping file breaks a rule of its format."""


class UnreadableFile(RemissionError):
    """A data file is absent, of another kind, damaged or encrypted."""


class ImportRefused(RemissionError):
    """A file can be read but must not enter the cohort database as it is."""


class StudyError(RemissionError):
    """A study folder is absent, incomplete, locked or of a newer schema."""


class BrokenTimeline(RemissionError):
    """Intervals of one participant overlap, jump, leave a gap or teleport."""


class ImmortalTime(RemissionError):
    """A covariate at time zero was computed from what happened later."""


class ReleaseRefused(RemissionError):
    """A release is not what was signed, tells too much, or lacks a step."""


class AccountError(RemissionError):
    """An account, a password or a role is not what it should be."""


class NotEstimable(RemissionError):
    """The data cannot carry the estimate that was asked for."""
