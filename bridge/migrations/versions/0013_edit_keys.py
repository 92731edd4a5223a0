"""Edits that know the request that made them; suggestions that were refused"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("edit", sa.Column("request_key", sa.String(length=64), nullable=True))
    op.create_index(
        "uq_edit_request_key", "edit", ["segment_id", "user_id", "request_key"], unique=True
    )
    op.create_table(
        "suggestion_refusal",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("segment_id", sa.String(length=12), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("heard", sa.Text(), nullable=True),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('number', 'term')", name=op.f("ck_suggestion_refusal_kind_known")
        ),
        sa.CheckConstraint(
            "segment_id IS NULL OR heard IS NOT NULL",
            name=op.f("ck_suggestion_refusal_one_is_named"),
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_suggestion_refusal_announcement_id_announcement"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_suggestion_refusal_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_refusal")),
    )
    op.create_index(
        op.f("ix_suggestion_refusal_announcement_id"),
        "suggestion_refusal",
        ["announcement_id"],
        unique=False,
    )
    op.create_index(
        "ix_suggestion_refusal_segment_id", "suggestion_refusal", ["segment_id"], unique=False
    )
