"""Captures: recordings and files that arrive as numbered chunks"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "capture",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("client_key", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("chunk_bytes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sound_ms", sa.Integer(), nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=True),
        sa.Column("is_duplicate", sa.Boolean(), nullable=False),
        sa.Column("by_silence", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("failure_code", sa.String(length=60), nullable=True),
        sa.Column("failure_data", sa.JSON(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("broadcast_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bookmarks", sa.JSON(), nullable=False),
        sa.Column("script_text", sa.Text(), nullable=True),
        sa.Column("script_file_name", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('recorder', 'upload', 'line')", name=op.f("ck_capture_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'finished', 'failed', 'discarded')",
            name=op.f("ck_capture_state_known"),
        ),
        sa.CheckConstraint(
            "size_bytes IS NULL OR size_bytes > 0", name=op.f("ck_capture_size_positive")
        ),
        sa.CheckConstraint(
            "state <> 'finished' OR announcement_id IS NOT NULL",
            name=op.f("ck_capture_finished_has_announcement"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_capture_unit_id_unit")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_capture_user_id_user")),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_capture_announcement_id_announcement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
        sa.UniqueConstraint("user_id", "client_key", name=op.f("uq_capture_user_id_client_key")),
    )
    op.create_index("ix_capture_state", "capture", ["state"], unique=False)
    op.create_index(
        op.f("ix_capture_announcement_id"), "capture", ["announcement_id"], unique=False
    )
    op.create_index(
        "uq_capture_local_key",
        "capture",
        ["unit_id", "client_key"],
        unique=True,
        sqlite_where=sa.text("user_id IS NULL"),
        postgresql_where=sa.text("user_id IS NULL"),
    )
    op.create_table(
        "capture_chunk",
        sa.Column("capture_id", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sound_ms", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 0", name=op.f("ck_capture_chunk_number_counted")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_capture_chunk_size_positive")),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["capture.id"], name=op.f("fk_capture_chunk_capture_id_capture")
        ),
        sa.PrimaryKeyConstraint("capture_id", "number", name=op.f("pk_capture_chunk")),
    )
    # Written out: SQLite takes a reference with a new column, but none afterwards, and copying
    # the table would lose what hangs on it.
    op.execute(
        "ALTER TABLE task ADD COLUMN capture_id VARCHAR(12) "
        "CONSTRAINT fk_task_capture_id_capture REFERENCES capture (id)"
    )
    op.create_index(op.f("ix_task_capture_id"), "task", ["capture_id"], unique=False)
    op.create_index(
        "uq_task_open_capture",
        "task",
        ["kind", "capture_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
