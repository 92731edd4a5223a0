"""What residents and colleagues want to know about an announcement"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Column by column: whoever wrote nothing of these has said nothing, and the text is Vietnamese.
    op.add_column("announcement", _text("summary", sa.Text()))
    op.add_column("announcement", _text("source", sa.String(length=200)))
    op.add_column("announcement", _text("speaker", sa.String(length=200)))
    op.add_column("announcement", _text("author", sa.String(length=200)))
    op.add_column("announcement", _text("language", sa.String(length=35), "vi"))
    op.add_column("announcement", sa.Column("valid_from", sa.DateTime(timezone=True)))
    # Written out, for SQLite adds a constraint only together with a column.
    moment = sa.DateTime(timezone=True).compile(dialect=op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE announcement ADD COLUMN valid_until {moment} "
        "CONSTRAINT ck_announcement_validity_ordered "
        "CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_until > valid_from)"
    )


def _text(name: str, kind: sa.types.TypeEngine[str], default: str = "") -> sa.Column[str]:
    return sa.Column(name, kind, nullable=False, server_default=default)
