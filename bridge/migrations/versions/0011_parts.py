"""Several announcements from one recording, and one that goes on in another"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out, for the tables must not be copied on SQLite: what refers to them has to stay.
    op.execute(
        "ALTER TABLE announcement ADD COLUMN joined_into VARCHAR(12) "
        "CONSTRAINT fk_announcement_joined_into_announcement REFERENCES announcement (id) "
        "CONSTRAINT ck_announcement_joined_is_withdrawn "
        "CHECK (joined_into IS NULL OR (state = 'withdrawn' AND joined_into <> id))"
    )
    op.execute(
        "ALTER TABLE announcement ADD COLUMN continues_id VARCHAR(12) "
        "CONSTRAINT fk_announcement_continues_id_announcement REFERENCES announcement (id) "
        "CONSTRAINT ck_announcement_continues_another "
        "CHECK (continues_id IS NULL OR continues_id <> id)"
    )
    op.execute(
        "ALTER TABLE publication ADD COLUMN continues_id VARCHAR(12) "
        "CONSTRAINT fk_publication_continues_id_announcement REFERENCES announcement (id)"
    )
    op.create_index("ix_announcement_joined_into", "announcement", ["joined_into"])
    op.create_index("uq_announcement_continues", "announcement", ["continues_id"], unique=True)
    op.create_index("ix_publication_continues_id", "publication", ["continues_id"])
