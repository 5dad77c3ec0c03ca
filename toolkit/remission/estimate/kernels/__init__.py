"""Arrays in, frozen dataclasses out; no tables, no names, no studies."""
