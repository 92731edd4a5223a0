"""How urgent what is being sent is"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out, for SQLite adds a constraint only together with a column. What is on its way
    # while this runs was sent by somebody who could not say how urgent it is.
    op.execute(
        "ALTER TABLE capture ADD COLUMN priority VARCHAR(20) DEFAULT 'normal' NOT NULL "
        "CONSTRAINT ck_capture_priority_known CHECK (priority IN ('normal', 'priority', 'urgent'))"
    )
