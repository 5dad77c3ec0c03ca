"""Published endpoints of opioid trials as named objects, computed from weekly use patterns."""

from remission.outcomes.endpoints.definition import Endpoint
from remission.outcomes.endpoints.library import (
    NOT_REBUILT,
    endpoint_values,
    published_endpoint,
    published_endpoints,
)

__all__ = ["NOT_REBUILT", "Endpoint", "endpoint_values", "published_endpoint", "published_endpoints"]
