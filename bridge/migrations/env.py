"""Alembic's entry: runs migrations on the connection that `bridge.schema` hands in."""

from alembic import context

from bridge import models
from bridge.db import Base

assert models  # noqa: S101 - imported so that every table is known to the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite can alter little in place: Alembic copies the table instead.
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
