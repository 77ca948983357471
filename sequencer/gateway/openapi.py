"""The OpenAPI document: made from the table of endpoints and the objects of ``wire``, never written by hand."""

from typing import Any

import msgspec
from msgspec.json import schema_components

from sequencer.gateway import wire
from sequencer.gateway.routes import PATH_TYPES, Endpoint, table

COMPONENT = "#/components/schemas/{name}"
STATUSES = (400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 500, 503, 504)
"""Every status of an error."""


def document(version: str = "0") -> dict[str, Any]:
    """OpenAPI 3.1, as plain dicts and lists."""
    rows = table()
    types = [row.answer for row in rows] + [row.body for row in rows if row.body] + [wire.Failure, wire.Push]
    types += [wire.Subscribe, wire.SubmitOver, wire.OnDisconnect]
    references, components = schema_components(types, ref_template=COMPONENT)
    schemas = dict(zip(types, references))
    paths: dict[str, dict] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Novate",
            "version": version,
            "summary": "A clearing house whose every batch is proven and settled on chain.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {"Failure": _failure(schemas)},
            "securitySchemes": {"readToken": {"type": "http", "scheme": "bearer"}},
        },
    }


def _failure(schemas: dict) -> dict:
    content = {"application/json": {"schema": schemas[wire.Failure]}}
    return {"description": "An error, with its code: see /v1/errors.", "content": content}


def _operation(row: Endpoint, schemas: dict) -> dict[str, Any]:
    said = {
        "operationId": row.name,
        "summary": row.summary,
        "parameters": parameters(row),
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": schemas[row.answer]}}},
            **{str(status): {"$ref": "#/components/responses/Failure"} for status in STATUSES},
        },
    }
    if row.body is not None:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[row.body]}}}
    if row.is_private:
        said["security"] = [{"readToken": []}]
    elif row.name == "post_schedule_cancel":
        said["security"] = [{}, {"readToken": []}]
    return said


def parameters(row: Endpoint) -> list[dict]:
    """Of path and query."""
    return [*_in_path(row), *_in_query(row)]


def _in_path(row: Endpoint) -> list[dict]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _schema(PATH_TYPES[name])} for name in row.parameters
    ]


def _in_query(row: Endpoint) -> list[dict]:
    found = []
    for field in msgspec.structs.fields(row.query):
        schema = _schema(field.type)
        if "anyOf" in schema:  # a query says nothing by leaving a parameter out
            schema = next(kind for kind in schema["anyOf"] if kind.get("type") != "null")
        is_required = field.default is msgspec.NODEFAULT
        if not is_required and field.default is not None:
            schema = {**schema, "default": field.default}
        found.append({"name": field.name, "in": "query", "required": is_required, "schema": schema})
    return found


def _schema(kind: Any) -> dict:
    (schema,), _ = schema_components([kind], ref_template=COMPONENT)
    return _without_null(schema)


def _without_null(schema: dict) -> dict:
    if isinstance(schema.get("enum"), list):
        return {**schema, "enum": [value for value in schema["enum"] if value is not None]}
    return schema
