"""Segments that are cut and joined, and what takes that back"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rearrangement",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('split', 'merge')", name=op.f("ck_rearrangement_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_rearrangement_announcement_id_announcement"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_rearrangement_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rearrangement")),
    )
    op.create_index(
        op.f("ix_rearrangement_announcement_id"), "rearrangement", ["announcement_id"], unique=False
    )
    # A segment that was joined to another is gone; the edits that were made of it stay.
    with op.batch_alter_table("edit") as edit:
        edit.drop_constraint(op.f("fk_edit_segment_id_segment"), type_="foreignkey")
