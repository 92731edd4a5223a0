"""What a line's problem is about, so that its sentence can be said whole"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "source",
        sa.Column("problem_data", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
    )
