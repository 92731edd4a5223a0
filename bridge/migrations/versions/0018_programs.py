"""Programs of others: tokens, what they sent, webhooks"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _id(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=12), nullable=nullable)


def _link(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "api_token",
        _id("id"),
        _id("unit_id"),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        _id("created_by", nullable=True),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        _link("api_token", "unit_id", "unit"),
        _link("api_token", "created_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_token_sha256")),
    )
    op.create_index(op.f("ix_api_token_unit_id"), "api_token", ["unit_id"])
    op.create_table(
        "intake_request",
        _id("token_id"),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        _id("announcement_id"),
        _moment("created_at"),
        _link("intake_request", "token_id", "api_token"),
        _link("intake_request", "announcement_id", "announcement"),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_intake_request")),
    )
    op.create_index(op.f("ix_intake_request_created_at"), "intake_request", ["created_at"])
    op.create_table(
        "webhook",
        _id("id"),
        _id("unit_id"),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("secret", sa.String(length=100), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        _id("created_by", nullable=True),
        _moment("created_at"),
        _moment("removed_at", nullable=True),
        _link("webhook", "unit_id", "unit"),
        _link("webhook", "created_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(op.f("ix_webhook_unit_id"), "webhook", ["unit_id"])
    op.create_table(
        "webhook_delivery",
        _id("id"),
        _id("webhook_id"),
        _id("announcement_id"),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        _id("task_id"),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint(
            "event IN ('published', 'corrected', 'withdrawn', 'review')",
            name=op.f("ck_webhook_delivery_event_known"),
        ),
        sa.CheckConstraint(
            "status IS NULL OR status BETWEEN 100 AND 999",
            name=op.f("ck_webhook_delivery_status_of_http"),
        ),
        _link("webhook_delivery", "webhook_id", "webhook"),
        _link("webhook_delivery", "announcement_id", "announcement"),
        _link("webhook_delivery", "task_id", "task"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(
        "ix_webhook_delivery_newest", "webhook_delivery", ["webhook_id", "created_at"]
    )
    op.create_index(op.f("ix_webhook_delivery_task_id"), "webhook_delivery", ["task_id"])
    # The open interface reads the newest publications page by page.
    op.create_index("ix_publication_newest", "publication", ["published_at", "announcement_id"])
