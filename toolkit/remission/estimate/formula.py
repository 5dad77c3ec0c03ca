"""Model formulas: the left side names an event or an outcome, the right side is formulaic's."""
