"""What operators are told to type is there: every command line of their documents is one that ``novate`` takes."""

import re
from pathlib import Path

import pytest

from novate.cli.main import COMMANDS, parser_for

DOCS = Path(__file__).resolve().parents[3] / "docs"
PLACES = {"N": "1", "AMOUNT": "1", "SECONDS": "1", "GWEI": "1", "HOST:PORT": "127.0.0.1:1"}
"""What stands where a reader puts a number; other words in capitals stand for text."""
ABOUT_SEVERAL = re.compile(r"[,|\[]|\.\.\.")


def commands(name: str) -> list[str]:
    """Command lines in a document: in the text, and at prompts."""
    text = (DOCS / name).read_text()
    found = re.findall(r"`(novate [^`\n]+)`", text) + re.findall(r"^\s+\$ (novate .+)$", text, re.MULTILINE)
    return sorted({line for line in found if not ABOUT_SEVERAL.search(line)})


@pytest.mark.parametrize("name", ["runbook.md", "operate.md"])
def test_a_command_that_operators_are_told_is_one(name: str) -> None:
    lines = commands(name)
    assert len(lines) > 10
    for line in lines:
        words = [PLACES.get(word, word) for word in line.split()[1:]]
        assert words[0] in COMMANDS, line
        if len(words) > 1:
            try:
                parser_for(words[0]).parse_args(words)
            except SystemExit:
                pytest.fail(f"{name}: {line}")


def test_the_runbook_says_how_a_batch_is_mended() -> None:
    told = commands("runbook.md")
    assert "novate batch retry N" in told
    assert "novate batch undo N --without HASH" in told
