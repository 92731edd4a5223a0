"""What the interface for programs promises: each operation once, for its route, for the reading of
its parameters and for the OpenAPI document.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bridge.errors import InvalidInput
from web.api.shapes import Schemas, schema_of
from web.problems import PROBLEM

PREFIX = "/api/v1"
ID = {"type": "string", "pattern": "^[0-9a-z]{12}$", "examples": ["0123456789ab"]}
# A moment long before the first loudspeaker has no place on every clock.
DAY = {
    "type": "string",
    "format": "date",
    "pattern": "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
    "examples": ["2026-11-21"],
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value in the address or in a header."""

    name: str
    description: str
    schema: Mapping[str, Any]
    where: str = "query"  # or "path", "header"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes with a status. `shape` None: a problem, or nothing where `empty`."""

    description: str
    shape: Any = None
    kind: str = "application/json"
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path; `path` below PREFIX with {names}."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    answers: Mapping[int, Answer]
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Any] | None = None  # as OpenAPI writes a requestBody
    scope: str | None = None  # what a token must allow; None: open to all
    tag: str = "doc"
    headers: Mapping[str, str] = field(default_factory=dict)  # of good answers

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return re.sub(r"\{(\w+)\}", r"<\1>", self.path)


def read_query(operation: Operation, given: Mapping[str, str]) -> dict[str, Any]:
    """The operation's query parameters, read and judged by their own schemas.

    What was not given is the schema's default, else None. Raises InvalidInput
    `parameter_invalid` (`name`), for one that is required and missing too.
    """
    return {
        one.name: _read(one, given[one.name])
        if _is_given(one, given)
        else one.schema.get("default")
        for one in operation.parameters
        if one.where == "query"
    }


def describe(
    operations: Sequence[Operation], *, problem: type, info: Mapping[str, Any], server: str
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these operations."""
    schemas: Schemas = {}
    schema_of(problem, schemas)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, problem, schemas)
    return {
        "openapi": "3.1.0",
        "info": dict(info),
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Mã truy cập do người quản trị của đơn vị cấp.",
                }
            },
        },
    }


def _operation(one: Operation, problem: type, schemas: Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary,
        "description": one.description,
        "parameters": [_parameter(item) for item in one.parameters],
        "responses": {
            str(status): _answer(answer, problem, schemas, one.headers if status < 300 else {})
            for status, answer in one.answers.items()
        },
    }
    if one.body is not None:
        told["requestBody"] = dict(one.body)
    if one.scope is not None:
        told["security"] = [{"token": []}]
        told["x-scope"] = one.scope
    return told


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": one.where,
        "required": one.required or one.where == "path",
        "description": one.description,
        "schema": dict(one.schema),
    }


def _answer(
    answer: Answer, problem: type, schemas: Schemas, headers: Mapping[str, str]
) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answer.description}
    if headers:
        told["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    if answer.empty:
        return told
    kind = answer.kind if answer.shape is not None else PROBLEM
    shape = problem if answer.shape is None else answer.shape
    schema = dict(shape) if isinstance(shape, Mapping) else schema_of(shape, schemas)
    return {**told, "content": {kind: {"schema": schema}}}


def _is_given(parameter: Parameter, given: Mapping[str, str]) -> bool:
    if parameter.required and parameter.name not in given:
        raise InvalidInput("parameter_invalid", name=parameter.name)
    return parameter.name in given


def _read(parameter: Parameter, text: str) -> Any:
    schema = parameter.schema
    try:
        if schema["type"] == "integer":
            return _within(int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else None, schema)
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 100)
        if not shortest <= len(text) <= longest or "\0" in text:
            raise ValueError(text)
        if not re.search(schema.get("pattern", ""), text):
            raise ValueError(text)
        return date.fromisoformat(text) if schema.get("format") == "date" else text
    except ValueError as error:
        raise InvalidInput("parameter_invalid", name=parameter.name) from error


def _within(number: int | None, schema: Mapping[str, Any]) -> int:
    if number is None or not schema["minimum"] <= number <= schema["maximum"]:
        raise ValueError(number)
    return number
