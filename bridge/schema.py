"""Bringing a database to the schema of this version, and telling whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from bridge.db import Database

_SCRIPTS = Path(__file__).with_name("migrations")
# Any fixed number: it names the lock under which processes that start together migrate in turn.
_UPGRADE_LOCK = 7_405_112_027


def upgrade_database(db: Database, revision: str = "head") -> None:
    """Apply the migrations that are missing, in one transaction. Harmless when none is."""
    db.make_file()
    with db.write_engine.begin() as connection:
        if not db.is_sqlite:
            # SQLite's BEGIN IMMEDIATE already lets one process in at a time.
            connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def database_revision(db: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with db.read_engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """The revision that this version of Loa works with."""
    head = ScriptDirectory.from_config(migration_config()).get_current_head()
    if head is None:
        raise RuntimeError("the package carries no migrations")
    return head


def is_known_revision(revision: str) -> bool:
    """Whether this version of Loa has a migration of that name, so that it can go on from there."""
    scripts = ScriptDirectory.from_config(migration_config())
    return any(script.revision == revision for script in scripts.walk_revisions())


def migration_config() -> Config:
    """Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config
