"""Who may see what: accounts, sessions, and the gate in front of pages, websockets and files."""

from remission.door.accounts import Accounts
from remission.door.gate import Gate
from remission.door.roles import EVERYWHERE, ROLES, VIEWS, Identity
from remission.door.sessions import Door, door_at

__all__ = ["EVERYWHERE", "ROLES", "VIEWS", "Accounts", "Door", "Gate", "Identity", "door_at"]
