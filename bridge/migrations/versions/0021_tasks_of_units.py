"""Work for a whole unit: its pages written again after its name, colour or emblem changed"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    # Both databases read this; Alembic would build the whole table anew on SQLite.
    op.execute(
        "ALTER TABLE task ADD COLUMN unit_id VARCHAR(12) "
        "CONSTRAINT fk_task_unit_id_unit REFERENCES unit (id)"
    )
    op.create_index(op.f("ix_task_unit_id"), "task", ["unit_id"])
    op.create_index(
        "uq_task_open_unit",
        "task",
        ["kind", "unit_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
