"""A trace has the shape that the layout declares: the columns of a live slot, and none that it does not know."""

import json
from random import Random

import pytest

from rollup.layout import ADVANCE, CHIPS, ROWS, Access, Group, Stored, Value, Vector
from tests.properties.universe import KINDS, LISTED, OWNERS, Intent, Universe


def fault(column, found) -> str | None:
    """What is wrong with the value of a column; an access may be absent."""
    match column:
        case Value():
            return None if type(found) is int else f"{column.name}: {found!r} is no integer"
        case Access():
            width = 1 + len(ROWS[column.row].columns)
            return None if found is None or _whole(found, width) else f"{column.name}: {found!r} is no access"
        case Stored():
            width = len(ROWS[column.row].columns)
            closing, before, after = found
            right = type(closing) is int and _whole(before, width) and _whole(after, width)
            return None if right else f"{column.name}: {found!r} is no stored row"
        case Vector():
            if type(found) is not list or len(found) != column.length:
                return f"{column.name}: not {column.length} long"
            return next(filter(None, (fault(column.item, item) for item in found)), None)
        case Group():
            return next(filter(None, faults(column.columns, found)), None)
    raise AssertionError(column)


def faults(columns, row: dict):
    """What is wrong with a row."""
    yield from (f"{name}: unknown" for name in row.keys() - {column.name for column in columns})
    yield from (fault(column, row.get(column.name)) for column in columns)


def _whole(values, length: int) -> bool:
    return type(values) is list and len(values) == length and all(type(value) is int for value in values)


@pytest.mark.parametrize("seed", range(6))
def test_every_row_has_its_columns(seed: int) -> None:
    random = Random(seed)
    universe = Universe(seed, "S", checked=False)
    universe.run(
        [
            Intent(random.choice(KINDS), random.randint(1, OWNERS), random.randrange(LISTED), random.randrange(2**30))
            for _ in range(120)
        ]
    )
    for batch in universe.batches:
        trace = json.loads(json.dumps(batch.trace))
        assert set(trace) == {"class", "words", "advance", *CHIPS}
        assert list(filter(None, faults(ADVANCE, trace["advance"]))) == []
        for chip, columns in CHIPS.items():
            rows = [row for level in trace[chip] for row in level] if chip == "nodes" else trace[chip]
            for row in rows:
                assert list(filter(None, faults(columns, row))) == [], chip
