"""A portal under a name of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "unit",
        sa.Column("portal_url", sa.String(length=200), server_default="", nullable=False),
    )
