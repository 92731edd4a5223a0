"""Lists of what stands on the portals; a unit's emblem and who answers for its pages"""

import sqlalchemy as sa
from alembic import op

from bridge.db import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shelf",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("unit_id", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('month', 'category', 'area')", name=op.f("ck_shelf_kind_known")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_shelf_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf")),
        sa.UniqueConstraint("unit_id", "kind", "key", name=op.f("uq_shelf_unit_id_kind_key")),
        sa.UniqueConstraint("unit_id", "kind", "slug", name=op.f("uq_shelf_unit_id_kind_slug")),
    )
    op.create_table(
        "listing",
        sa.Column("announcement_id", sa.String(12), nullable=False),
        sa.Column("unit_id", sa.String(12), nullable=False),
        sa.Column("broadcast_at", UtcDateTime(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(20), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_listing_announcement_id_announcement")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_listing_unit_id_unit")),
        sa.PrimaryKeyConstraint("announcement_id", name=op.f("pk_listing")),
    )
    op.create_index("ix_listing_order", "listing", ["unit_id", "broadcast_at", "announcement_id"])
    op.create_index(
        "ix_listing_urgent",
        "listing",
        ["unit_id", "broadcast_at"],
        sqlite_where=sa.text("priority = 'urgent'"),
        postgresql_where=sa.text("priority = 'urgent'"),
    )
    op.create_table(
        "listing_shelf",
        sa.Column("announcement_id", sa.String(12), nullable=False),
        sa.Column("shelf_id", sa.String(12), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("broadcast_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_listing_shelf_announcement_id_announcement"),
        ),
        sa.ForeignKeyConstraint(
            ["shelf_id"], ["shelf.id"], name=op.f("fk_listing_shelf_shelf_id_shelf")
        ),
        sa.PrimaryKeyConstraint("announcement_id", "shelf_id", name=op.f("pk_listing_shelf")),
    )
    op.create_index(
        "ix_listing_shelf_order",
        "listing_shelf",
        ["shelf_id", "month", "broadcast_at", "announcement_id"],
    )
    # What follows another broadcast is rare: without these every publishing reads all texts.
    op.create_index(
        "ix_publication_continuing",
        "publication",
        ["unit_id"],
        sqlite_where=sa.text("continues_id IS NOT NULL"),
        postgresql_where=sa.text("continues_id IS NOT NULL"),
    )
    op.create_index(
        "ix_announcement_joined",
        "announcement",
        ["unit_id"],
        sqlite_where=sa.text("joined_into IS NOT NULL"),
        postgresql_where=sa.text("joined_into IS NOT NULL"),
    )
    op.add_column("unit", sa.Column("responsible", sa.String(200), server_default="", nullable=False))
    op.add_column("unit", sa.Column("emblem", sa.String(60), server_default="", nullable=False))
    op.create_table(
        "unit_emblem",
        sa.Column("unit_id", sa.String(12), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_emblem_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_emblem")),
    )
    _list_what_stands()


def _list_what_stands() -> None:
    """Fill the lists from the publications, one at a time.

    By the use case itself: it writes only tables that this migration makes, and reads columns that
    are older than it.
    """
    from sqlalchemy.orm import Session

    from bridge.listing import list_anew, recount

    connection = op.get_bind()
    standing = connection.execute(
        sa.text("SELECT announcement_id FROM publication WHERE is_current ORDER BY id")
    ).all()
    with Session(connection) as session:
        for (announcement_id,) in standing:
            list_anew(session, announcement_id)
            session.expunge_all()
        for (shelf_id,) in connection.execute(sa.text("SELECT id FROM shelf ORDER BY id")).all():
            recount(session, [shelf_id])
