"""Migrations: from nothing to the tables of this version, on both databases."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import class_mapper

from bridge.db import Base, Database, new_id
from bridge.details import Particulars
from bridge.models import (
    Announcement,
    Approval,
    AuditEntry,
    Capture,
    Edit,
    Listing,
    ListingShelf,
    Publication,
    Segment,
    Shelf,
    Task,
)
from bridge.schema import database_revision, newest_revision, upgrade_database
from bridge.sources import LineProblem, list_sources
from tests.bridge.conftest import Together
from tests.bridge.test_models import full_chain, insert_chain


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
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_described}
        )
        assert compare_metadata(context, Base.metadata) == []


def _is_described(name: str | None, kind: str, _parents: object) -> bool:
    """The full-text index is each database's own; no model describes it."""
    return kind != "table" or not (name or "").startswith("search_index")


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
    assert partial == {
        "ix_announcement_joined",
        "ix_listing_urgent",
        "ix_publication_continuing",
        "ix_publication_urgent",
        "uq_approval_standing",
        "uq_capture_local_key",
        "uq_publication_current",
        "uq_task_open",
        "uq_task_open_capture",
        "uq_task_open_unit",
    }


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


def insert_first_tables(connection: Connection) -> dict[str, dict[str, Any]]:
    """`full_chain` as far as tables and columns of 0001 hold it: the first row of each."""
    found = inspect(connection)
    inserted: dict[str, dict[str, Any]] = {}
    for row in full_chain():
        table = type(row).__table__
        if table.name in inserted or not found.has_table(table.name):
            continue
        there = {column["name"] for column in found.get_columns(table.name)}
        columns = [column for column in table.columns if column.name in there]
        values = {column.name: _value(row, column) for column in columns}
        plain = Table(table.name, MetaData(), *(Column(item.name, item.type) for item in columns))
        connection.execute(plain.insert().values(values))
        inserted[table.name] = values
    return inserted


def _value(row: Base, column: Column[Any]) -> Any:
    value = getattr(row, column.key)
    if value is None and column.default is not None:
        default = column.default.arg
        return default(None) if callable(default) else default
    return value


def test_the_rows_and_triggers_of_the_first_tables_outlive_the_second_migration(
    empty_url: str,
) -> None:
    database = Database(empty_url)
    upgrade_database(database, "0001")
    with database.write_engine.begin() as connection:
        inserted = insert_first_tables(connection)
    assert len(inserted) == 13
    assert not {"flag", "script", "glossary_term", "glossary_refusal"} & set(inserted)

    upgrade_database(database)

    with database.reading() as session:
        for row in full_chain():
            values = inserted.pop(type(row).__tablename__, {})
            if not values:
                continue
            kept = session.get_one(type(row), inspect(row).mapper.primary_key_from_instance(row))
            for name, value in values.items():
                assert getattr(kept, name) == value, name
        segment = session.get_one(Segment, "segment")
        assert segment.hidden is False
        assert segment.announcement.recording.pauses == []
        assert Particulars.of(segment.announcement).written() == {}
        assert (segment.announcement.summary, segment.announcement.language) == ("", "vi")
        assert session.get_one(Task, "task").remaining_s is None
        assert session.get_one(Task, "task").capture_id is None
    for change in (
        "UPDATE segment SET engine_text = 'khác'",
        "UPDATE audit_entry SET action = 'khác'",
        "DELETE FROM audit_entry",
    ):
        with pytest.raises(DBAPIError, match="never changed"), database.writing() as session:
            session.execute(text(change))
    database.dispose()


def test_what_was_on_its_way_before_urgency_could_be_said_is_as_usual(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade_database(database, "0013")
    with database.write_engine.begin() as connection:
        assert "capture" in insert_first_tables(connection)

    upgrade_database(database)

    with database.reading() as session:
        assert session.scalars(select(Capture.priority)).all() == ["normal"]
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(text("UPDATE capture SET priority = 'khác'"))
    database.dispose()


def test_a_lines_problem_of_before_has_no_values(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade_database(database, "0023")  # the last for which the first rows alone will do
    with database.write_engine.begin() as connection:
        unit_id = insert_first_tables(connection)["source"]["unit_id"]
        connection.execute(text("UPDATE source SET problem = 'line_refused'"))

    upgrade_database(database)

    with database.reading() as session:
        (source,) = list_sources(session, unit_id)
        assert source.problem == LineProblem("line_refused", {})
    database.dispose()


def test_what_stands_on_a_portal_is_in_its_lists_after_the_migration(empty_url: str) -> None:
    database = Database(empty_url)
    upgrade_database(database, "0014")
    with database.write_engine.begin() as connection:
        insert_first_tables(connection)

    upgrade_database(database)

    with database.reading() as session:
        (listing,) = session.scalars(select(Listing))
        assert (listing.announcement_id, listing.title) == ("announcement", "Thông báo")
        shelves = session.scalars(select(Shelf.slug).order_by(Shelf.slug)).all()
        assert shelves == ["2026-11", "thon-mau", "y-te"]
        months = session.scalars(select(ListingShelf.month)).all()
        assert months == ["2026-11"] * 3
    database.dispose()


@pytest.mark.parametrize("priority", ["urgent", "normal"])
def test_what_was_published_as_urgent_before_is_known_as_that(
    empty_url: str, priority: str
) -> None:
    database = Database(empty_url)
    upgrade_database(database, "0014")
    with database.write_engine.begin() as connection:
        insert_first_tables(connection)
        (content,) = connection.scalars(select(Publication.__table__.c.content)).all()
        content = {**content, "title": "Thông báo", "priority": priority}
        update = Publication.__table__.update().values(content=content)
        connection.execute(update)

    upgrade_database(database)

    with database.reading() as session:
        (row,) = session.scalars(select(Publication))
        assert (row.is_urgent, row.content["title"]) == (priority == "urgent", "Thông báo")
    database.dispose()


@pytest.mark.parametrize(
    "kind", [Announcement, Approval, AuditEntry, Edit, Publication, Segment, Task]
)
def test_what_has_consequences_is_never_deleted_by_a_cascade(kind: type[Base]) -> None:
    assert all(key.ondelete is None for key in kind.__table__.foreign_keys)
