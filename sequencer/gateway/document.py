"""``python -m sequencer.gateway.document``: writes docs/api.md from the table of endpoints; ``--check`` compares.

What is written by hand lies in ``prose/``; endpoints, objects, codes and limits are those of the code.
"""

import argparse
import inspect
import re
import sys
from pathlib import Path

from msgspec.json import schema_components
from msgspec.structs import fields

from sequencer.gateway import openapi, signed, wire
from sequencer.gateway.limits import Allowance, Gate
from sequencer.gateway.problems import listed
from sequencer.gateway.routes import Endpoint, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
PROSE = Path(__file__).with_name("prose")


def page() -> str:
    """The whole page."""
    rows = table()
    introduction, socket = ((PROSE / name).read_text() for name in ("introduction.md", "socket.md"))
    made = [*map(_endpoint, rows), socket, _limits(), _errors(), _objects(rows)]
    return "\n".join([introduction, "## Endpoints\n", *made]).replace("``", "`").rstrip() + "\n"


def _endpoint(row: Endpoint) -> str:
    lines = [f"### `{row.method} {row.path}`\n", f"{inspect.cleandoc(row.handler.__doc__)}\n"]
    asked = []
    for parameter in openapi.parameters(row):
        schema = parameter["schema"]
        said = f"`{parameter['name']}` ({_words(schema)}"
        asked.append(said + (f", {schema['default']} unless said)" if "default" in schema else ")"))
    if asked:
        lines.append(f"Takes {', '.join(asked)}.\n")
    if row.body:
        lines.append(f"Body: {_link(row.body.__name__)}.\n")
    access = " Needs the account's read token." if row.is_private else ""
    lines.append(f"Answers {_link(row.answer.__name__)}.{access}\n")
    return "\n".join(lines)


def _words(schema: dict) -> str:
    if "enum" in schema:
        return " ".join(map(str, schema["enum"]))
    kind = {"integer": "whole number", "string": "text"}.get(schema.get("type"), "value")
    low = schema.get("minimum")
    high = schema.get("maximum", schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else None)
    return f"{kind} {low} to {high}" if low is not None and high is not None else kind


def _link(name: str) -> str:
    return f"[`{name}`](#{name.lower()})"


def _limits() -> str:
    told = Gate(Allowance()).listed()
    lines = [
        "## Limits\n",
        "Of this version; `/v1/limits` tells those of a deployment.\n",
        "| bucket | of each | capacity |",
    ]
    lines[-1] += " a second |"
    lines.append("|---|---|---|---|")
    lines += [f"| `{one.name}` | {one.scope} | {one.capacity:,} | {one.per_second:,} |" for one in told.buckets]
    lines += ["", "| request | bucket | credits | for each item of a sheet |", "|---|---|---|---|"]
    lines += [f"| {one.request} | `{one.bucket}` | {one.base} | {one.per_item} |" for one in told.costs]
    lines += ["", "| size | |", "|---|---|"]
    lines += [f"| `{name}` | {size:,} |" for name, size in told.sizes.items()]
    return "\n".join(lines) + "\n"


def _errors() -> str:
    lines = ["## Errors\n", "| num | code | status | outcome | retry | | numbers |", "|---|---|---|---|---|---|---|"]
    for row in listed():
        cells = (
            f'<a id="errors-{row.num}"></a>{row.num}',
            f"`{row.code}`",
            row.http,
            row.outcome,
            row.retry,
            row.message,
            ", ".join(f"`{name}` {unit}" for name, unit in row.numbers.items()),
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def _objects(rows: list[Endpoint]) -> str:
    """Every object that an endpoint or the socket uses, by name."""
    kinds = [row.answer for row in rows] + [row.body for row in rows if row.body]
    kinds += [wire.Failure, wire.Push, wire.Subscribe, wire.SubmitOver, wire.OnDisconnect, wire.Fill, wire.Order]
    _, components = schema_components(kinds, ref_template=openapi.COMPONENT)
    modules = {**vars(signed), **vars(wire)}
    found = {name: value for name, value in modules.items() if inspect.isclass(value)}
    found |= {kind.__name__: kind for kind in kinds}
    lines = ["## Objects\n"]
    for name in sorted(components):
        kind = found.get(name)
        said = inspect.cleandoc(kind.__doc__ or "") if kind and kind.__doc__ else ""
        lines.append(f"### {name}\n")
        if said:
            lines.append(said + "\n")
        if kind is not None and hasattr(kind, "__struct_fields__"):
            lines.append("\n".join(_field(field) for field in fields(kind)) + "\n")
    return "\n".join(lines)


def _field(field) -> str:
    return f"- `{field.encode_name}`: {_type(field.type)}"


def _type(kind: object) -> str:
    """A type in words, without what Python adds to it."""
    text = inspect.formatannotation(kind)
    text = re.sub(r"typing\.|sequencer\.gateway\.(wire|signed|rooms\.\w+)\.|msgspec\.", "", text)
    text = re.sub(r"Annotated\[(\w+), Meta\([^()]*\)\]", r"\1", text)
    text = re.sub(r"Annotated\[(.*), Meta\([^()]*\)\]$", r"\1", text)
    text = re.sub(r"Union\[(\w+), UnsetType\]", r"\1, optional", text).replace("None | UnsetType", "null, optional")
    return f"`{text}`"


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description="docs/api.md, made from the code")
    parser.add_argument("--check", action="store_true", help="compare, and fail where it differs")
    wanted = page()
    if parser.parse_args(arguments).check:
        is_same = PAGE.exists() and PAGE.read_text() == wanted
        if not is_same:
            sys.stderr.write("docs/api.md is not what the code says: python -m sequencer.gateway.document\n")
        return 0 if is_same else 1
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
