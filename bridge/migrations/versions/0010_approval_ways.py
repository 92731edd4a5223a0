"""Sending back, publishing later, correcting in public"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("approval", sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "approval",
        sa.Column("public_note", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
    op.add_column(
        "approval",
        sa.Column("spelling_only", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "review_return",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("announcement_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.String(length=12), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('resubmitted', 'approved')", name=op.f("ck_review_return_outcome_known")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (closed_at IS NULL)", name=op.f("ck_review_return_outcome_dated")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_review_return_announcement_id_announcement"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_review_return_user_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["user.id"], name=op.f("fk_review_return_closed_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_return")),
    )
    op.create_index(
        op.f("ix_review_return_announcement_id"), "review_return", ["announcement_id"], unique=False
    )
