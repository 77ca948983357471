"""Answers and refusals as people and programs read them."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import IO

GREEN, RED, DIM = "32", "31", "2"


def plain(value: object) -> object:
    """What JSON lacks, in a form that it has: exact decimals and paths as text, bytes as hexadecimal."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def json_text(data: object, is_line: bool = False) -> str:
    """One object as JSON, keys in the order in which they were put; on one line if wanted."""
    return json.dumps(data, default=plain, indent=None if is_line else 2)


def coloured(text: str, colour: str, stream: IO[str] | None = None) -> str:
    """The text in a colour, on a terminal that shows colours."""
    to_terminal = (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR")
    return f"\x1b[{colour}m{text}\x1b[0m" if to_terminal else text


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns under a head; columns of numbers stand to the right."""
    body = [[str(cell) for cell in row] for row in rows]
    columns = [[head[place], *[row[place] for row in body]] for place in range(len(head))]
    widths = [max(map(len, column)) for column in columns]
    is_number = [bool(body) and all(looks_numeric(cell) for cell in column[1:]) for column in columns]
    lines = []
    for row in [list(head), *body]:
        cells = zip(row, widths, is_number)
        lines.append("  ".join(cell.rjust(w) if right else cell.ljust(w) for cell, w, right in cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def looks_numeric(cell: str) -> bool:
    """A number, with separators or a sign, or nothing."""
    stripped = cell.replace(",", "").replace(".", "").replace("%", "").strip().lstrip("+-")
    return stripped.isdecimal() or cell in ("", "-")


def note(text: str) -> None:
    """A line for whoever watches: to standard error, so that an answer on standard output stays whole."""
    print(text, file=sys.stderr, flush=True)
