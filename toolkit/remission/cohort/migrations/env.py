"""Run by Alembic for every migration, on the connection that the caller opened."""

from alembic import context

from remission.cohort.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    # SQLite can undo changes of the schema; Alembic's default says it cannot.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
