"""Lines and streams, and the weekly times at which they are recorded"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("private_network", sa.Boolean(), nullable=False),
        sa.Column("redirect_hosts", sa.JSON(), nullable=False),
        sa.Column("split_silence_s", sa.Integer(), nullable=False),
        sa.Column("pre_roll_s", sa.Integer(), nullable=False),
        sa.Column("line_state", sa.String(length=20), nullable=False),
        sa.Column("problem", sa.String(length=60), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('alsa', 'pulse', 'stream')", name=op.f("ck_source_kind_known")
        ),
        sa.CheckConstraint(
            "line_state IN ('idle', 'listening', 'lost')", name=op.f("ck_source_line_state_known")
        ),
        sa.CheckConstraint(
            "split_silence_s > 0", name=op.f("ck_source_split_silence_positive")
        ),
        sa.CheckConstraint("pre_roll_s >= 0", name=op.f("ck_source_pre_roll_not_negative")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_source_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_source_created_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_source_unit_id_name")),
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("source_id", sa.String(length=12), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 127", name=op.f("ck_schedule_days_known")),
        sa.CheckConstraint(
            "start_minute BETWEEN 0 AND 1439", name=op.f("ck_schedule_start_in_day")
        ),
        sa.CheckConstraint(
            "end_minute > start_minute AND end_minute < start_minute + 1440",
            name=op.f("ck_schedule_span_ordered"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_schedule_source_id_source")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_schedule_created_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint(
            "source_id",
            "days",
            "start_minute",
            "end_minute",
            name=op.f("uq_schedule_source_id_days_start_minute_end_minute"),
        ),
    )
