"""Where a long task goes on that stepped aside for others"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("cursor", sa.String(length=100), nullable=True))
