"""Search: what stands on the portal, its full-text index, old names of places"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_document",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("priority", sa.String(length=20), nullable=False),
        sa.Column("broadcast_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("passages", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "priority IN ('normal', 'priority', 'urgent')",
            name=op.f("ck_search_document_priority_known"),
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_search_document_announcement_id_announcement"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_search_document_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_search_document")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_search_document_announcement_id")),
    )
    op.create_index(
        "ix_search_document_unit_id_position", "search_document", ["unit_id", "position"]
    )
    op.create_table(
        "place_name",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=12), nullable=False),
        sa.Column("old_name", sa.String(length=200), nullable=False),
        sa.Column("new_name", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("old_name <> new_name", name=op.f("ck_place_name_names_differ")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_place_name_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_place_name_created_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_name")),
        sa.UniqueConstraint(
            "unit_id", "old_name", "new_name", name=op.f("uq_place_name_unit_id_old_name_new_name")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        _make_fts5()
    else:
        _make_tsvector()


def _make_fts5() -> None:
    # The entries are made by bridge.search_terms, parted by blanks; nothing is to be folded here.
    # No places are kept (detail=none): phrases are entries of their own.
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(entries, "
        "tokenize = \"ascii tokenchars '_=~'\", detail = none, columnsize = 0)"
    )


def _make_tsvector() -> None:
    op.execute(
        "CREATE TABLE search_index (position BIGINT NOT NULL CONSTRAINT pk_search_index PRIMARY KEY,"
        " entries TSVECTOR NOT NULL)"
    )
    # The entries are looked up in the index alone: out of the row, which stays small to count.
    op.execute("ALTER TABLE search_index SET (toast_tuple_target = 128)")
    # A list of what is still to be sorted in would make every search read it from end to end.
    op.execute(
        "CREATE INDEX ix_search_index_entries ON search_index USING gin (entries) "
        "WITH (fastupdate = off)"
    )
