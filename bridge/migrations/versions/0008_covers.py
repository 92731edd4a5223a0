"""Segments whose sound residents do not hear"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out, for the table must not be copied on SQLite: its triggers have to stay. What
    # nobody hears nobody reads.
    op.execute(
        "ALTER TABLE segment ADD COLUMN cover VARCHAR(20) CONSTRAINT ck_segment_cover_known "
        "CHECK (cover IS NULL OR (cover IN ('cut', 'beep') AND hidden))"
    )
