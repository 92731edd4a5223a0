"""A person's word that a segment says what they heard"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "confirmation",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("segment_id", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_confirmation_announcement_id_announcement"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_confirmation_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
        sa.UniqueConstraint(
            "segment_id", "version", name=op.f("uq_confirmation_segment_id_version")
        ),
    )
    op.create_index(
        op.f("ix_confirmation_announcement_id"), "confirmation", ["announcement_id"], unique=False
    )
