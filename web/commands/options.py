"""What commands share: the data folder's option, the settings, the opened services."""

import dataclasses
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from bridge.errors import BridgeError, InvalidInput
from bridge.restore import require_restored
from bridge.schema import database_revision, newest_revision
from bridge.settings import Settings, load_settings
from bridge.units import UnitInfo, find_unit, list_units
from web.services import Services, open_services

Command = TypeVar("Command", bound=Callable[..., Any])


def with_settings(command: Command) -> Command:
    """Add `--data` and pass the settings as the first argument."""

    @functools.wraps(command)
    def wrapped(*args: Any, data: Path | None, **kwargs: Any) -> Any:
        return command(load_settings(data_dir=data), *args, **kwargs)

    return data_option(wrapped)  # type: ignore[return-value]


def with_services(command: Command) -> Command:
    """Add `--data` and pass the opened services, whose database is at this version's schema.

    Raises Conflict `restore_unfinished` in a data folder that is only half restored.
    """

    @functools.wraps(command)
    def wrapped(*args: Any, data: Path | None, **kwargs: Any) -> Any:
        settings = load_settings(data_dir=data)
        require_restored(settings)
        services = open_services(settings)
        try:
            require_current_schema(services)
            return command(services, *args, **kwargs)
        finally:
            services.db.dispose()

    return data_option(wrapped)  # type: ignore[return-value]


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--data DIR`: the data folder."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        help="Thư mục dữ liệu. Mặc định: biến LOA_DATA, rồi ./loa-data.",
    )(command)


def require_current_schema(services: Services) -> None:
    """Raise BridgeError `database_missing` or `database_outdated` unless the schema fits."""
    settings = services.settings
    if not settings.database_url and not settings.sqlite_path.exists():
        # Only asking would create an empty file in a folder that was perhaps mistyped.
        raise BridgeError("database_missing", path=str(settings.data_dir))
    if database_revision(services.db) != newest_revision():
        raise BridgeError("database_outdated")


def choose_unit(session: Session, slug: str | None) -> UnitInfo:
    """The unit named, or the only one there is. Raises NotFound, InvalidInput `unit_missing`."""
    if slug:
        return find_unit(session, slug)
    units = list_units(session)
    if len(units) != 1:
        raise InvalidInput("unit_missing")
    return units[0]


def print_json(value: object, *, indent: int | None = None) -> None:
    """One JSON value on stdout, Vietnamese letters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=indent, default=str))


def settings_with(settings: Settings, **changes: object) -> Settings:
    """The settings with command-line values over them; None means "not given"."""
    given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    return dataclasses.replace(settings, **given)
