"""Letters to the staff"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=12), nullable=True),
        sa.Column("created_by", sa.String(length=12), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("task_id", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invitation', 'reset', 'new_login')", name=op.f("ck_letter_kind_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_letter_user_id_user")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_letter_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_letter_created_by_user")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_letter_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("task_id", name=op.f("uq_letter_task_id")),
    )
    op.create_index(op.f("ix_letter_user_id"), "letter", ["user_id"])
