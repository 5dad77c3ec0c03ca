"""Which counts may be shown: linked tables, an attacker's bounds, suppression, its audit, the ledger of releases."""

from remission.disclosure.audit import Audit, Recovered, audit
from remission.disclosure.bounds import MOST_PEOPLE, Ratio, Seen, attacker_bounds
from remission.disclosure.ledger import Earlier, Joined, compared, joined
from remission.disclosure.linked import Dimension, Key, LinkedTables, Table, beside, link
from remission.disclosure.needs import Need, Rule, needs_of
from remission.disclosure.suppression import Suppression, suppress

__all__ = [
    "MOST_PEOPLE",
    "Audit",
    "Dimension",
    "Earlier",
    "Joined",
    "Key",
    "LinkedTables",
    "Need",
    "Ratio",
    "Recovered",
    "Rule",
    "Seen",
    "Suppression",
    "Table",
    "attacker_bounds",
    "audit",
    "beside",
    "compared",
    "joined",
    "link",
    "needs_of",
    "suppress",
]
