"""What a data file holds, before anybody decides where it goes."""

from remission.exchange.profile.instruments import Match, match_instruments
from remission.exchange.profile.profile import Profile
from remission.exchange.profile.reading import profile_file
from remission.exchange.profile.sections import as_dict, sections
from remission.exchange.profile.summary import summary

__all__ = ["Match", "Profile", "as_dict", "match_instruments", "profile_file", "sections", "summary"]
