"""How long a unit keeps what it no longer shows"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "recording", sa.Column("sound_removed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "retention_rule",
        sa.Column("unit_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=12), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('withdrawn', 'failed')", name=op.f("ck_retention_rule_kind_known")
        ),
        sa.CheckConstraint("days > 0", name=op.f("ck_retention_rule_days_positive")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_retention_rule_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["user.id"], name=op.f("fk_retention_rule_set_by_user")
        ),
        sa.PrimaryKeyConstraint("unit_id", "kind", name=op.f("pk_retention_rule")),
    )
