"""What the work took"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_time",
        sa.Column("segment_id", sa.String(length=12), nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("saved_version", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("active_ms >= 0", name=op.f("ck_work_time_active_counted")),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_work_time_announcement_id_announcement"),
        ),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_work_time")),
    )
    op.create_index(
        op.f("ix_work_time_announcement_id"), "work_time", ["announcement_id"], unique=False
    )
    counts = ("words", "edits", "doubts", "doubts_wrong", "checks", "checks_right")
    op.create_table(
        "work_result",
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.CheckConstraint(
            "doubts_wrong BETWEEN 0 AND doubts AND checks_right BETWEEN 0 AND checks",
            name=op.f("ck_work_result_parts_of_wholes"),
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_work_result_announcement_id_announcement"),
        ),
        sa.PrimaryKeyConstraint("announcement_id", name=op.f("pk_work_result")),
    )
