"""Loudness and pauses, flags, scripts, glossaries, time left"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FLAG_KINDS = (
    "'known_phrase', 'loop', 'too_fast', 'too_slow', 'in_music', "
    "'script_added', 'script_skipped', 'script_changed'"
)
TERM_KINDS = "'person', 'place', 'body', 'office', 'other'"


def upgrade() -> None:
    # Added one by one and not by copying the table: its triggers must stay.
    op.add_column("recording", sa.Column("loudness_lufs", sa.Float(), nullable=True))
    op.add_column("recording", sa.Column("true_peak_dbtp", sa.Float(), nullable=True))
    op.add_column(
        "recording", sa.Column("pauses", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column("task", sa.Column("remaining_s", sa.Integer(), nullable=True))
    op.add_column(
        "segment", sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "flag",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("segment_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("first_word", sa.Integer(), nullable=False),
        sa.Column("end_word", sa.Integer(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=12), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"kind IN ({FLAG_KINDS})", name=op.f("ck_flag_kind_known")),
        sa.CheckConstraint(
            "decision IN ('keep', 'hide', 'edited')", name=op.f("ck_flag_decision_known")
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_flag_decision_dated")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_flag_announcement_id_announcement"),
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_flag_segment_id_segment")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_flag_decided_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    op.create_index(op.f("ix_flag_announcement_id"), "flag", ["announcement_id"], unique=False)
    op.create_index(op.f("ix_flag_segment_id"), "flag", ["segment_id"], unique=False)
    op.create_table(
        "script",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("announcement_id", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=60), nullable=True),
        sa.Column("filled", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_script_announcement_id_announcement"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_script_created_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script")),
        sa.UniqueConstraint("announcement_id", name=op.f("uq_script_announcement_id")),
    )
    _create_glossary()


def _create_glossary() -> None:
    op.create_table(
        "glossary_term",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({TERM_KINDS})", name=op.f("ck_glossary_term_kind_known")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_glossary_term_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_glossary_term_created_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_term")),
        sa.UniqueConstraint("unit_id", "key", name=op.f("uq_glossary_term_unit_id_key")),
    )
    op.create_index(op.f("ix_glossary_term_unit_id"), "glossary_term", ["unit_id"], unique=False)
    op.create_table(
        "glossary_refusal",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("refused_by", sa.String(length=12), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_glossary_refusal_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["refused_by"], ["user.id"], name=op.f("fk_glossary_refusal_refused_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_refusal")),
        sa.UniqueConstraint("unit_id", "key", name=op.f("uq_glossary_refusal_unit_id_key")),
    )
    op.create_index(
        op.f("ix_glossary_refusal_unit_id"), "glossary_refusal", ["unit_id"], unique=False
    )
