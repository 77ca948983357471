"""What a full replay came to, as plain data: what tables, files and the page are made from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from novate.feed.market import Market
from novate.replay.tally import Tally
from rollup.layout import CLASSES, CLOCK_WORD, unpack
from rollup.views import AccountView, Level
from sequencer.archive import Archive
from verifier.statement import Statement


class BatchRow(NamedTuple):
    """One settled batch. Times of stages in seconds since 1970, durations in seconds.

    ``actions``   signed ones and deposits; orders that the sequencer collected are not counted
    ``quotes``    orders out of sheets that came to rest or were refused
    ``used``      slots used of each capacity, ``share`` the same as fractions of what the class has
    ``accounts``  touched account pages, the fee account's included; ``pages`` touched pages of books
    ``verify``    seconds of gnark's verifier, ``audit`` of the check from chain data in Python (0 where none was made)
    """

    number: int
    size_class: str
    clock: int
    reason: str
    actions: int
    quotes: int
    fills: int
    deposits: int
    withdrawals: int
    accounts: int
    pages: int
    constraints: int
    used: dict[str, int]
    share: dict[str, float]
    execute: float
    seal: float
    witness: float
    prove: float
    verify: float
    audit: float
    commit_gas: int
    settle_gas: int
    commit_transaction: str
    settle_transaction: str
    root_before: int
    root_after: int
    stages: dict[str, float]
    """When the batch was begun, sealed, committed, proving, proven, settled, as far as it was seen."""

    @property
    def fullest(self) -> tuple[str, float]:
        """The capacity that was used most, and its share."""
        return max(self.share.items(), key=lambda item: item[1], default=("", 0.0))


class Leaving(NamedTuple):
    """An account's withdrawal, in micro-units: asked for, owed by the contract, in the wallet after the claim."""

    account: int
    owner: str
    asked: int
    owed: int
    wallet: int
    refused: str


class Books(NamedTuple):
    """Whether everything adds up, in micro-units and lots."""

    escrow: int
    owed: int
    held: int
    """Collateral that the contract's address holds."""
    equities: int
    negative: int
    """Sum of the equities below zero."""
    sizes: tuple[int, ...]
    """Sum of all positions, by market."""
    root: int
    root_on_chain: int

    def checks(self) -> list[tuple[str, bool, str]]:
        """Proposition, whether it holds, the numbers."""
        return [
            ("the escrow is the sum of all equities", self.escrow == self.equities, f"{self.escrow} {self.equities}"),
            ("the token is held for escrow and claims", self.held == self.escrow + self.owed, f"{self.held}"),
            ("positions sum to zero in every market", not any(self.sizes), " ".join(map(str, self.sizes))),
            ("the contract holds the engine's root", self.root == self.root_on_chain, f"{self.root:#066x}"),
        ]


class Forgery(NamedTuple):
    """One public word changed, everything else as it was proven; what each verifier said."""

    batch: int
    word: int
    name: str
    before: int
    after: int
    contract: str
    """Reason of the settlement contract, asked by a transaction; empty if it took the lie."""
    transaction: str
    verifier: bool
    """Answer of the verifier contract for the changed words."""
    python: str
    """Reason of the verifier in Python; empty if it took the lie."""
    committed: str
    """Reason of the settlement contract after the operator committed to the lie; empty if it took it."""

    @property
    def is_refused(self) -> bool:
        """Nobody took it."""
        return bool(self.contract) and not self.verifier and bool(self.python) and bool(self.committed)


class Mark(NamedTuple):
    """A mark that a batch took out of a round of reports, and what the market was worth then; micro-units per lot."""

    batch: int
    market: int
    mark: int
    worth: int

    @property
    def basis_points(self) -> float:
        """How far it is off."""
        return abs(self.mark / self.worth - 1) * 10**4


class Outcome(NamedTuple):
    """Everything."""

    record: dict
    """What the run is: see ``novate.home``."""
    markets: list[Market]
    tally: Tally
    batches: list[BatchRow]
    sealed_while_trading: int
    leaving: list[Leaving]
    books: Books
    forgery: Forgery | None
    marks: list[Mark]
    accounts: list[AccountView]
    depth: list[tuple[list[Level], list[Level]]]
    """Bids and asks of each market when trading ended."""
    trading_seconds: float
    seconds: float


def rows(archive: Archive, stages: dict[int, dict[str, float]], audits: dict[int, float]) -> list[BatchRow]:
    """A row a batch, out of the sequencer's archive."""
    return [
        row_of(archive, number, stages.get(number, {}), audits.get(number, 0.0))
        for number in (record.number for record in archive.batches())
    ]


def marks(archive: Archive, rounds: Mapping[int, Sequence[int]]) -> list[Mark]:
    """Marks of the batches that took fresh prices, beside what those rounds were reported about."""
    found = []
    for record in archive.batches():
        outcome = Statement.from_words(record.words).outcome
        clock = unpack(CLOCK_WORD, outcome.clock_word)
        if clock["priced"]:
            pairs = enumerate(zip(outcome.prices, rounds[clock["round"]]))
            found += [Mark(record.number, market, mark, worth) for market, (mark, worth) in pairs if worth]
    return found


def row_of(archive: Archive, number: int, stages: dict[str, float], audit: float) -> BatchRow:
    """The row of one batch; what has not happened yet is zero."""
    record, proof, sent = archive.batch(number), archive.proof(number), archive.settlement(number)
    took = proof.seconds if proof else {}
    return BatchRow(
        number=number,
        size_class=record.size_class,
        clock=record.clock,
        reason=record.reason,
        actions=asked(archive, number),
        quotes=record.used["quotes"] + record.used["item_burns"],
        fills=record.fills,
        deposits=record.used["deposits"],
        withdrawals=record.used["withdrawals"],
        accounts=record.used["headers"],
        pages=record.used["books"],
        constraints=proof.constraints if proof else 0,
        used=record.used,
        share=shares(record.size_class, record.used.items()),
        execute=record.execute_seconds,
        seal=record.seal_seconds,
        witness=took.get("witness", 0.0),
        prove=took.get("prove", 0.0),
        verify=took.get("verify", 0.0),
        audit=audit,
        commit_gas=sent.gas.get("commit", 0),
        settle_gas=sent.gas.get("settle", 0),
        commit_transaction=sent.commit or "",
        settle_transaction=sent.settle or "",
        root_before=record.root_before,
        root_after=record.root_after,
        stages={**stages, "sealed": stages.get("sealed", float(record.sealed_at))},
    )


def asked(archive: Archive, number: int) -> int:
    """Actions of a batch that somebody asked for: a collect has no name."""
    return sum(bool(one.digest) for one in archive.acknowledged(number))


def shares(size_class: str, used: Iterable[tuple[str, int]]) -> dict[str, float]:
    """Used slots as fractions of the class's capacities."""
    size = CLASSES[size_class]
    capacities = {**size.slots, **{f"nodes {level}": count for level, count in enumerate(size.nodes)}}
    return {name: count / capacities[name] for name, count in used if capacities.get(name)}
