"""Every reason that a contract gives has a test that expects it."""

import re
from pathlib import Path

from verifier.compile import CONTRACTS

TESTS = Path(__file__).resolve().parent
REASON = re.compile(r'"((?:roles|vault|deposit|claim|class|commit|void|settle|settlement|key|token): [^"]+)"')


def test_no_reason_is_without_a_test() -> None:
    reasons = {reason for path in CONTRACTS.glob("*.vy") for reason in REASON.findall(path.read_text())}
    expected = {reason for path in TESTS.glob("test_*.py") for reason in REASON.findall(path.read_text())}
    assert len(reasons) > 40
    assert reasons - expected == set()
    assert expected - reasons == set(), "a test expects a reason that no contract gives"


def statements(source: str) -> list[str]:
    """Every assert statement, over as many lines as its brackets span."""
    found = []
    for start in re.finditer(r"^ +assert\b", source, re.MULTILINE):
        end, depth = start.end(), 0
        while depth or source[end] != "\n":
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(source[end], 0)
            end += 1
        found.append(source[start.start() : end])
    return found


def test_every_assertion_gives_a_reason() -> None:
    asserted = [text for path in CONTRACTS.glob("*.vy") for text in statements(path.read_text())]
    assert len(asserted) > 40
    assert [text for text in asserted if not REASON.search(text)] == []
