"""How often announcements were read, played and taken home"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_count",
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("views", "plays", "downloads")
        ),
        sa.CheckConstraint(
            "views >= 0 AND plays >= 0 AND downloads >= 0", name=op.f("ck_item_count_counted_up")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_item_count_announcement_id_announcement"),
        ),
        sa.PrimaryKeyConstraint("announcement_id", "day", name=op.f("pk_item_count")),
    )
    op.create_index(op.f("ix_item_count_day"), "item_count", ["day"])
    op.create_table(
        "count_batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_batch")),
    )
    op.create_index(op.f("ix_count_batch_at"), "count_batch", ["at"])
