"""The checker: rule by rule, what a trace or a forgery breaks, in the test engine and in the compiled circuit."""

import json
from pathlib import Path

import pytest

from circuits.prover import Checker, TraceRefused
from rollup.batch import Batch
from rollup.layout import ADVANCE, CHIPS, CLASSES, ROWS, Access, Group, Stored, Value, Vector


def test_an_honest_batch_breaks_nothing(checker: Checker, batch: Batch) -> None:
    found = checker.check(batch.trace, solve=True)
    assert found.holds
    assert found.solved is True
    assert (found.broken, found.unbalanced, found.unmet) == ({}, [], [])


def test_files_and_traces_at_hand_are_one(checker: Checker, batch: Batch, trace_file: Path) -> None:
    change = {"orders[0].price": 2**36}
    assert checker.check(trace_file, overrides=change) == checker.check(batch.trace, overrides=change)


def test_a_file_that_changes_is_read_again(checker: Checker, batch: Batch, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(batch.trace))
    assert checker.check(path).holds
    path.write_text(json.dumps({**batch.trace, "deposits": batch.trace["deposits"][1:]}))
    assert not checker.check(path).holds


@pytest.mark.parametrize(
    ("overrides", "rule"),
    [
        ({"used[38]": 1}, "bus: time"),
        ({"agreed[6]": 5}, "fingerprint: fold"),
        ({"sponge": 5}, "fingerprint: sponge"),
        ({"fold": 5}, "fingerprint: fold"),
    ],
)
def test_an_override_breaks_one_rule_and_nothing_once_that_is_off(
    checker: Checker, batch: Batch, overrides: dict, rule: str
) -> None:
    found = checker.check(batch.trace, overrides=overrides, solve=True)
    assert set(found.broken) == {rule}
    assert found.solved is False
    assert found.refused
    assert checker.check(batch.trace, overrides=overrides, off=[rule]).holds


def test_a_word_changed_in_both_copies_breaks_what_it_says(checker: Checker, batch: Batch) -> None:
    found = checker.check(batch.trace, overrides={"words[0]": 2})
    assert "statement: class" in found.broken
    assert "fingerprint: fold" not in found.broken


def test_a_lie_that_no_hint_asked_for_is_told(checker: Checker, batch: Batch) -> None:
    found = checker.check(batch.trace, lies={"sign: nothing of the kind#0": [1]})
    assert found.unmet == ["sign: nothing of the kind#0"]
    assert not found.holds


def test_overrides_of_nothing_are_refused(checker: Checker, batch: Batch) -> None:
    for path in ("orders[10].live", "ordres[0].live", "orders[0].colour", "orders"):
        with pytest.raises(TraceRefused) as refused:
            checker.check(batch.trace, overrides={path: 1})
        assert refused.value.code == "UNKNOWN_PATH"
        assert refused.value.at == path


def test_whole_rows_and_negative_numbers_are_overrides_too(checker: Checker, batch: Batch) -> None:
    rows = {f"orders[{place}]": row for place, row in enumerate(batch.trace["orders"])}
    assert len(rows) > 1
    assert checker.check({**batch.trace, "orders": []}, overrides=rows).holds
    raised = checker.check(batch.trace, overrides={"headers[0].cash.after.cash": -1})
    assert "bus: cash" in raised.broken


def paths(columns, at: str):
    """A path to a number of every column of a chip, however deep."""
    for column in columns:
        if isinstance(column, Vector):
            item = column.item._replace(name=f"{column.name}[{column.length - 1}]")
            yield from paths([item], at)
        elif isinstance(column, Group):
            yield from paths(column.columns, f"{at}.{column.name}")
        elif isinstance(column, Value):
            yield f"{at}.{column.name}"
        elif isinstance(column, Access):
            yield from (f"{at}.{column.name}.{part}" for part in ("previous", *ROWS[column.row].columns))
        elif isinstance(column, Stored):
            yield f"{at}.{column.name}.closing"
            for part in ("before", "after"):
                yield from (f"{at}.{column.name}.{part}.{name}" for name in ROWS[column.row].columns)


def test_every_column_of_the_layout_has_a_place_in_the_circuit(checker: Checker, batch: Batch) -> None:
    """All of them at once: a path that leads nowhere, or to what is no number, would be refused."""
    last = {chip: f"{chip}[{slots - 1}]" for chip, slots in CLASSES["XS"].slots.items()} | {"nodes": "nodes[8][0]"}
    overrides = {path: 0 for chip, columns in CHIPS.items() for path in paths(columns, last[chip])}
    overrides |= dict.fromkeys(paths(ADVANCE, "advance"), 0)
    assert len(overrides) > 500
    assert not checker.check(batch.trace, overrides=overrides).holds
