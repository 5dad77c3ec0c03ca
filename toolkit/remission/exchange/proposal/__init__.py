"""A mapping file proposed from a profile; a person decides."""

from remission.cohort import Study
from remission.exchange.profile.profile import Profile
from remission.exchange.proposal.draft import Draft, draw_up
from remission.exchange.proposal.text import mapping_text

__all__ = ["Draft", "draw_up", "mapping_text", "propose"]


def propose(profile: Profile, study: Study | None = None) -> str:
    """Propose a mapping file for a profiled data file.

    Parameters
    ----------
    profile : Profile
    study : Study, optional
        Its waves, characteristics, measures and own instruments are looked for.

    Returns
    -------
    str
        YAML that ``read_mapping`` takes; what is unsure is marked ``decide`` or stands under ``undecided``.
    """
    return mapping_text(profile, draw_up(profile, study))
