"""The OpenAPI document, from the declarations that the routes are made of.

https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.store.tokens import Scope
from bot.web.api.parameters import Parameter
from bot.web.api.problems import KINDS
from bot.web.api.resources import RESOURCES, ROOT, Resource
from bot.web.api.shapes import ProblemAnswer
from bot.web.reports.files import TYPES
from bot.web.words import words

_SCHEMAS = "#/components/schemas/{model}"


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    t = words("en")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Antiphon", "version": "1", "description": t("api.lead")},
        "servers": [{"url": ROOT}],
        "security": [{"token": []}],
        "paths": {path: item for each in RESOURCES for path, item in _paths(each).items()},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "; ".join(f"{each}: {t(f'api.scope.{each}')}" for each in Scope),
                }
            },
            "responses": {name: _problem(name) for name in KINDS},
            "schemas": _schemas(),
        },
    }


def _paths(resource: Resource) -> dict[str, Any]:
    name = resource.name
    paths = {f"/{name}": {"get": _operation(resource, name, resource.parameters, _json(resource))}}
    if resource.file is not None:
        for format, type in TYPES.items():
            content = {type: {"schema": {"type": "string", "format": "binary"}}}
            path = f"{name}.{format}"
            operation = _operation(resource, path, resource.of_file, content)
            paths[f"/{path}"] = {"get": operation}
    return paths


def _operation(
    resource: Resource, path: str, understood: Sequence[Parameter], content: Mapping[str, Any]
) -> dict[str, Any]:
    t = words("en")
    answers: dict[str, Any] = {"200": {"description": "The answer.", "content": content}}
    if path == resource.name:
        answers["200"]["headers"] = {"ETag": {"schema": {"type": "string"}}}
        answers["304"] = {"description": "Nothing has changed since If-None-Match."}
    for status in sorted({kind.status for kind in KINDS.values()}):
        names = [name for name, kind in KINDS.items() if kind.status == status]
        answers[str(status)] = {"$ref": f"#/components/responses/{names[0]}"}
    return {
        "operationId": path.replace(".", "_"),
        "summary": t(f"api.resource.{resource.name}"),
        "description": f"Needs the scope {resource.scope}.",
        "parameters": [_parameter(each) for each in understood],
        "responses": answers,
    }


def _json(resource: Resource) -> dict[str, Any]:
    reference = _SCHEMAS.format(model=resource.shape.__name__)
    return {"application/json": {"schema": {"$ref": reference}}}


def _parameter(each: Parameter) -> dict[str, Any]:
    return {
        "name": each.name,
        "in": "query",
        "description": words("en")(f"api.parameter.{each.name}"),
        "schema": dict(each.schema),
    }


def _problem(name: str) -> dict[str, Any]:
    reference = _SCHEMAS.format(model=ProblemAnswer.__name__)
    return {
        "description": words("en")(f"api.problem.{name}"),
        "content": {"application/problem+json": {"schema": {"$ref": reference}}},
    }


def _schemas() -> dict[str, Any]:
    shapes: set[type[BaseModel]] = {ProblemAnswer, *(each.shape for each in RESOURCES)}
    _, made = models_json_schema(
        [(shape, "serialization") for shape in sorted(shapes, key=lambda each: each.__name__)],
        ref_template=_SCHEMAS,
    )
    schemas: dict[str, Any] = made["$defs"]
    for schema in schemas.values():
        # Every field is always there, null or not.
        if "properties" in schema:
            schema["required"] = list(schema["properties"])
    return schemas
