"""Roles, what each may open, and at which sites."""

from collections.abc import Iterable
from dataclasses import dataclass

EVERYWHERE = "*"
ROLES: dict[str, str] = {
    "staff": "keeps in touch with participants of the named sites",
    "coordinator": "runs the study at the named sites: the desk, the data, the outcomes",
    "statistician": "sees outcomes and the quality of the data, no desk and nobody's own page",
    "administrator": "sees who signed in and looked at what, no data of the study",
    "funder": "sees released figures alone, in a process of its own",
}
DESK = ("desk", "safety", "signals", "participant")
DATA = ("data_quality", "protocol_and_imports")
RESULTS = ("overview", "time_to_relapse", "trajectories", "further_questions")
OPENED_BY: dict[str, tuple[str, ...]] = {
    "staff": ("overview", *DESK),
    "coordinator": (*RESULTS, *DESK, *DATA, "queries"),
    "statistician": (*RESULTS, *DATA),
    "administrator": ("access",),
    "funder": (),
}
VIEWS: tuple[str, ...] = (*RESULTS, *DESK, *DATA, "queries", "access")
# What a site's own people cannot see a part of: it counts files and batches of the whole study.
WHOLE_STUDY_ONLY = frozenset({"protocol_and_imports"})
LOCATOR = "locator"
MAY_LOCATE = frozenset({"staff", "coordinator"})


@dataclass(frozen=True)
class Identity:
    """Somebody who is signed in.

    Attributes
    ----------
    account : str
    grants : tuple of (str, str)
        Each a role and the site for which it is given; ``*`` is every site.
    """

    account: str
    grants: tuple[tuple[str, str], ...]

    @property
    def roles(self) -> frozenset[str]:
        """The roles that count: one that is given for no site is none."""
        return frozenset(role for role, site in self.grants if site)

    def views(self) -> tuple[str, ...]:
        """Name the views that may be opened, in the order of the menu."""
        return tuple(view for view in VIEWS if self._may_open(view))

    def sites(self, view: str) -> tuple[str, ...] | None:
        """Name the sites whose participants a view may show; None for all, empty for nobody's."""
        return _together(site for role, site in self.grants if site and view in OPENED_BY.get(role, ()))

    def located_sites(self) -> tuple[str, ...] | None:
        """Name the sites whose participants' names and addresses may be looked up; None for all."""
        return _together(site for role, site in self.grants if site and role in MAY_LOCATE)

    def _may_open(self, view: str) -> bool:
        sites = self.sites(view)
        return sites is None or (bool(sites) and view not in WHOLE_STUDY_ONLY)


def _together(sites: Iterable[str]) -> tuple[str, ...] | None:
    found = sorted(set(sites))
    return None if EVERYWHERE in found else tuple(found)
