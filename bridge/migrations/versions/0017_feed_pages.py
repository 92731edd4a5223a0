"""Feeds by month, and a list of what was ever urgent, without reading every publication"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "publication",
        sa.Column("is_urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "UPDATE publication SET is_urgent = 1 "
            "WHERE json_extract(content, '$.priority') = 'urgent'"
        )
    else:
        op.execute(
            "UPDATE publication SET is_urgent = true WHERE content ->> 'priority' = 'urgent'"
        )
    op.create_index(
        "ix_publication_first", "publication", ["unit_id", "revision", "published_at"]
    )
    op.create_index(
        "ix_publication_urgent",
        "publication",
        ["unit_id", "published_at"],
        sqlite_where=sa.text("is_urgent"),
        postgresql_where=sa.text("is_urgent"),
    )
