"""A batch: a fold over actions, and what it amounts to. New root, public words, receipts, trace."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from rollup import pages, trace
from rollup.actions.advance import Advanced
from rollup.hashing import Hasher, domain_digest
from rollup.layout import (
    CLOCK_WORD,
    COUNTS_WORD,
    DEPOSIT_WORD,
    DEPOSIT_WORDS,
    MARK_WORDS,
    STEPS,
    VERSION,
    WITHDRAWAL_WORD,
    PublicWord,
    pack,
)
from rollup.receipts import Fill, Receipt
from rollup.state import State
from rollup.tree import Tree
from rollup.words import price_cells

if TYPE_CHECKING:
    from rollup.actions import Action, Advance
    from rollup.engine import Engine


class Domain(NamedTuple):
    """Where a batch settles: part of every signed message and of the public words."""

    chain_id: int
    contract: int
    version: int = VERSION

    def digest(self, hasher: Hasher) -> int:
        """D of the signed messages."""
        return domain_digest(hasher, *self)


class Batch(NamedTuple):
    """A sealed batch.

    ``words``     the public words, padded to the class
    ``receipts``  of its actions, in order
    ``trace``     what the prover needs, as docs/trace.md describes it
    ``used``      slots used of every capacity: chips, ``headers``, ``books`` and ``nodes 0`` to ``nodes 8``
    """

    number: int
    size_class: str
    clock: int
    root_before: int
    root_after: int
    words: list[int]
    receipts: list[Receipt]
    trace: dict
    used: dict[str, int]

    @property
    def fills(self) -> list[Fill]:
        """Every trade of the batch, in order."""
        return [fill for receipt in self.receipts for fill in all_fills(receipt)]


def all_fills(receipt: Receipt) -> list[Fill]:
    """Trades of an action, those of a sheet's items included."""
    return [*receipt.fills, *(fill for item in receipt.items for fill in item.fills)]


def run(engine: "Engine", advance: "Advance", actions: Iterable["Action"], hasher: Hasher) -> Batch:
    """One batch from its advance to its seal. Raises Refused and Full as the engine does."""
    engine.advance(advance.clock, advance.reports)
    for action in actions:
        engine.apply(action)
    return engine.seal(hasher)


def seal(
    state: State, name: str, number: int, domain: Domain, advanced: Advanced, tree: Tree, hasher: Hasher
) -> tuple[list[int], dict, dict[str, int]]:
    """Pay out the fees, store the pages, and write everything down: public words, trace, capacities used."""
    cash = state.memory.cash
    # The fees of the batch reach account 0 after every tick of the class.
    fees = cash.write(0, (cash.get(0)[0] + state.fees,), STEPS * (state.size.ticks + 1))
    state.fees = 0
    root_before = tree.root
    nodes = tree.update(hasher, pages.opened_pages(state))
    words = public_words(state, number, domain, advanced, root_before, tree.root)
    return words, trace.build(state, name, advanced, fees, words, nodes), used(state, advanced)


def public_words(
    state: State, number: int, domain: Domain, advanced: Advanced, root_before: int, root_after: int
) -> list[int]:
    """Everything that the contract and the circuit both know, each word at its offset."""
    size = state.size
    words = [0] * size.word_count
    words[PublicWord.CLASS] = size.number
    words[PublicWord.CHAIN_ID], words[PublicWord.CONTRACT], words[PublicWord.VERSION] = domain
    words[PublicWord.NUMBER] = number
    words[PublicWord.ROOT_BEFORE], words[PublicWord.ROOT_AFTER] = root_before, root_after
    system = state.system
    clock = {"clock": system.clock, "round": system.round, "priced": int(bool(advanced.reports))}
    words[PublicWord.CLOCK] = pack(CLOCK_WORD, clock)
    marks = price_cells([market.mark for market in state.markets], MARK_WORDS)
    words[PublicWord.MARKS : PublicWord.MARKS + MARK_WORDS] = marks
    deposits, withdrawals = state.rows["deposits"], state.rows["withdrawals"]
    counts = {"deposits": len(deposits), "requests": 0, "withdrawals": len(withdrawals)}
    words[PublicWord.COUNTS] = pack(COUNTS_WORD, counts)
    for place, row in enumerate(deposits):
        offset = PublicWord.DEPOSITS + DEPOSIT_WORDS * place
        words[offset : offset + DEPOSIT_WORDS] = [pack(DEPOSIT_WORD, row), row["key"], row["owner"]]
    for place, row in enumerate(withdrawals):
        owner = state.memory.identity.get(row["account"])[1]
        words[size.withdrawal_offset + place] = pack(WITHDRAWAL_WORD, {"owner": owner, "amount": row["amount"]})
    return words


def used(state: State, advanced: Advanced) -> dict[str, int]:
    """Slots used of every capacity of the class."""
    counts = {chip: len(rows) for chip, rows in state.rows.items()}
    counts["signatures"] = len(state.signed)
    counts["signers"] = len(state.signers)
    counts["reports"] = len(advanced.reports)
    counts["headers"] = len(state.footprint.headers)
    counts["books"] = len(state.footprint.books)
    for level, nodes in enumerate(state.footprint.nodes):
        counts[f"nodes {level}"] = len(nodes)
    return counts
