"""The rules of a batch once more, in Python, over a trace: an independent reading of the chips.

It knows the layout, the bus and the rules of each chip, and nothing of how the engine works. Signatures are taken as
given. ``check`` names every rule that a trace breaks.
"""

from rollup.layout import CHIPS
from tests.twins.checker import accounts, book, matching, pages, statement
from tests.twins.checker.ledger import Ledger


def check(trace: dict, hasher) -> list[str]:
    """Names of the rules that the trace breaks, in order of discovery; empty if it is a batch."""
    ledger = Ledger(trace)
    listed = (row for chip in trace if chip in CHIPS and chip != "nodes" for row in trace[chip])
    ledger.require("slot: live", all(row.get("live", 1) == 1 for row in listed))
    statement.advance(ledger)
    accounts.check(ledger)
    book.check(ledger)
    matching.check(ledger)
    statement.words(ledger)
    pages.check(ledger, hasher)
    ledger.balance()
    return ledger.broken
