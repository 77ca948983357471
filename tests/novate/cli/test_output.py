"""Tables and objects as they are printed."""

import json
from decimal import Decimal
from pathlib import Path

from novate.cli.output import coloured, json_text, table
from novate.errors import Exit


def test_numbers_stand_to_the_right() -> None:
    assert table(("name", "gas"), [("commit", "60,123"), ("settle", "9")]).splitlines() == [
        "name       gas",
        "------  ------",
        "commit  60,123",
        "settle       9",
    ]


def test_a_table_may_be_empty() -> None:
    assert table(("batch", "gas"), []).splitlines() == ["batch  gas", "-----  ---"]


def test_what_json_lacks_is_written_exactly() -> None:
    data = {"price": Decimal("61800.20"), "path": Path("a/b"), "root": b"\x01\xff", "set": {2, 1}, "big": 2**200}
    read = json.loads(json_text(data))
    assert read == {"price": "61800.20", "path": "a/b", "root": "0x01ff", "set": [1, 2], "big": 2**200}
    assert json.loads(json_text({"exit": Exit.TIMEOUT})) == {"exit": 5}


def test_no_colours_leave_a_terminal(capsys) -> None:
    assert coloured("text", "31") == "text"
