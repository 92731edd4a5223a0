"""What programs get, as frozen dataclasses: the schema and the JSON both come from them.

A field is described by `Annotated[type, "what it is", {more of its schema}]`. Pure.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

_SIMPLE: dict[object, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
}

Schemas = dict[str, dict[str, Any]]


def to_json(value: object) -> Any:
    """A value of these dataclasses as JSON has it; moments as ISO 8601 with their offset."""
    if is_dataclass(value):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    return value


def schema_of(kind: Any, schemas: Schemas) -> dict[str, Any]:
    """The JSON schema of a type; dataclasses are put into `schemas` and referred to."""
    if get_origin(kind) is Annotated:
        inner, *said = get_args(kind)
        found = schema_of(inner, schemas)
        for one in said:
            found = {**found, **(one if isinstance(one, Mapping) else {"description": one})}
        return found
    if is_dataclass(kind):
        return _referred(kind, schemas)
    if get_origin(kind) in (Union, UnionType):
        return _optional([one for one in get_args(kind) if one is not NoneType], schemas)
    if get_origin(kind) is tuple:
        return {"type": "array", "items": schema_of(get_args(kind)[0], schemas)}
    if get_origin(kind) is Literal:
        return {"type": "string", "enum": list(get_args(kind))}
    return dict(_SIMPLE[kind])


def _referred(kind: Any, schemas: Schemas) -> dict[str, Any]:
    name = kind.__name__
    if name not in schemas:
        schemas[name] = {}  # so that a shape within itself ends
        hints = get_type_hints(kind, include_extras=True)
        schemas[name] = {
            "type": "object",
            "description": str(kind.__doc__).strip().partition("\n")[0],
            "properties": {field: schema_of(hint, schemas) for field, hint in hints.items()},
            "required": list(hints),
        }
    return {"$ref": f"#/components/schemas/{name}"}


def _optional(kinds: list[Any], schemas: Schemas) -> dict[str, Any]:
    found = [schema_of(one, schemas) for one in kinds]
    if len(found) == 1 and "type" in found[0]:
        return {**found[0], "type": [found[0]["type"], "null"]}
    return {"anyOf": [*found, {"type": "null"}]}
