"""How the schema of a cohort database came about, one step a file in ``versions/``."""
