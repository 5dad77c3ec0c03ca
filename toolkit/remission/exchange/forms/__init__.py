"""Instruments in the forms of other systems, in and out, each with a report of what did not fit."""
