"""Migrations: from nothing to the tables of this version, on both databases."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.orm import class_mapper

from bridge.db import Base, Database, new_id
from bridge.models import Announcement, Approval, AuditEntry, Edit, Publication, Segment, Task
from bridge.schema import database_revision, newest_revision, upgrade_database
from tests.bridge.conftest import Together
from tests.bridge.test_models import insert_chain


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it at all."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    server: str = request.getfixturevalue("postgresql_url")
    name = f"empty_{new_id()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


def test_an_empty_database_is_brought_to_the_newest_revision(empty_url: str) -> None:
    database = Database(empty_url)
    assert database_revision(database) is None
    upgrade_database(database)
    assert database_revision(database) == newest_revision()
    upgrade_database(database)  # a second time is harmless
    assert database_revision(database) == newest_revision()
    database.dispose()


def test_processes_that_start_together_may_all_upgrade(empty_url: str, together: Together) -> None:
    together("upgrade", empty_url, processes=2)
    database = Database(empty_url)
    assert database_revision(database) == newest_revision()
    database.dispose()


def test_the_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    with database.write_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_make_every_named_constraint(database: Database) -> None:
    """Alembic's comparison skips CHECK constraints and the conditions of partial indexes."""
    found = inspect(database.write_engine)
    for table in Base.metadata.sorted_tables:
        checks = {str(item["name"]) for item in found.get_check_constraints(table.name)}
        expected = {str(item.name) for item in table.constraints if hasattr(item, "sqltext")}
        assert checks == expected, table.name
    partial = {
        str(item["name"])
        for table in Base.metadata.sorted_tables
        for item in found.get_indexes(table.name)
        if item.get("dialect_options", {}).get(
            "sqlite_where" if database.is_sqlite else "postgresql_where"
        )
        is not None
    }
    assert partial == {"uq_approval_standing", "uq_publication_current", "uq_task_open"}


def test_the_schema_holds_a_whole_life(empty_url: str) -> None:
    """Every migration runs over a database with a row in every table."""
    database = Database(empty_url)
    upgrade_database(database)
    with database.writing() as session:
        rows = insert_chain(session)
    assert {type(row).__tablename__ for row in rows} == set(Base.metadata.tables)
    upgrade_database(database)
    with database.reading() as session:
        for row in rows:
            kept = session.get_one(type(row), inspect(row).identity)
            for column in class_mapper(type(row)).column_attrs:
                assert getattr(kept, column.key) == getattr(row, column.key), column
    database.dispose()


@pytest.mark.parametrize(
    "kind", [Announcement, Approval, AuditEntry, Edit, Publication, Segment, Task]
)
def test_what_has_consequences_is_never_deleted_by_a_cascade(kind: type[Base]) -> None:
    assert all(key.ondelete is None for key in kind.__table__.foreign_keys)
