"""A role that reads a unit and the units below it"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ROLES = "'operator', 'editor', 'approver', 'admin', 'supervisor'"


def upgrade() -> None:
    with op.batch_alter_table("membership") as membership:
        membership.drop_constraint(op.f("ck_membership_role_known"), type_="check")
        membership.create_check_constraint(op.f("ck_membership_role_known"), f"role IN ({ROLES})")
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"])
