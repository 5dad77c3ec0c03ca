"""Names and addresses on a page of its own: for those allowed, with a reason, every look kept in the audit trail."""

from remission.locator.pages import KEY_VARIABLE, routes

__all__ = ["KEY_VARIABLE", "routes"]
