"""A desk to trade from in tests: an engine, accounts with cash, short ways to say what happens. Nothing is signed."""

import json

from rollup.actions import (
    Cancel,
    CancelAll,
    CancelItem,
    Collect,
    Deposit,
    Place,
    PlaceItem,
    Report,
    Sheet,
    Transfer,
    Withdraw,
)
from rollup.batch import Batch, Domain
from rollup.engine import Engine
from rollup.genesis import Genesis
from rollup.layout import CLASSES, GTC, MARKETS
from rollup.receipts import Receipt
from tests.twins.checker import check
from tests.twins.hasher import QuickHasher

DOMAIN = Domain(31337, 0xC0FFEE)
HASHER = QuickHasher()
BUY, SELL = 0, 1
CLOCK = 1_000_000
MARK = 10_000
CASH = 10_000_000
LIFETIME = 3_600

MARKET = {
    "name": "TEST",
    "initial": 100_000,
    "maintenance": 50_000,
    "reserve": 2_000,
    "taker_fee": 1_000,
    "maker_fee": 500,
    "jump": 1_000,
    "ceiling": 500_000,
    "sweep": 16,
    "tick": 1,
    "minimum": 1,
    "reference_price": 1_000_000,
}
"""A tenth of initial margin; fees of 500 and 1,000 parts per million."""


def genesis(size_class: str = "S", markets: int = 2, book_pages: int = 4, order_cap: int = 64, **terms) -> Genesis:
    """A deployment whose markets share their terms, 500 parts per million of maker fee unless said otherwise."""
    size = CLASSES[size_class]
    bond = terms.pop("order_bond", 0)
    shared = {**MARKET, "sweep": min(16, size.sweep), **terms}
    return Genesis.from_dict(
        {
            "markets": [{**shared, "name": f"TEST{number}"} for number in range(markets)],
            "reporters": [{"x": 11 + number, "y": 21 + number} for number in range(7)],
            "quorum": size.slots["reports"],
            "max_age": 600,
            "fee_account": {"x": 5, "y": 6, "owner": 50},
            "book_pages": book_pages,
            "admission": {"order_cap": order_cap, "order_bond": bond},
        }
    )


class Desk:
    """Accounts 1 to ``accounts`` of one owner with ``cash`` each; a batch is open, every mark is 10,000."""

    def __init__(self, size_class: str = "S", accounts: int = 5, cash: int = CASH, mark: int = MARK, **terms) -> None:
        self.genesis = genesis(size_class, **terms)
        self.engine = Engine(self.genesis, DOMAIN, size_class)
        self.clock = CLOCK
        self.counters: dict[int, int] = {}
        self.batches: list[Batch] = []
        self.engine.advance(self.clock, self.reports(mark, mark))
        for account in range(1, accounts + 1):
            if account > 1 and (account - 1) % 3 == 0:
                self.turn()
            self.deposit(account, cash)
        self.turn()

    # ------------------------------------------------------------------------------------------ batches
    def reports(self, *prices: int) -> tuple[Report, ...]:
        """A quorum's equal reports at the desk's clock."""
        vector = (*prices, *[0] * (MARKETS - len(prices)))
        return tuple(Report(reporter, self.clock, vector) for reporter in range(self.genesis.quorum))

    def seal(self) -> Batch:
        """Seal; the trace satisfies the chips' rules."""
        batch = self.engine.seal(HASHER)
        assert check(json.loads(json.dumps(batch.trace)), HASHER) == []
        self.batches.append(batch)
        return batch

    def turn(self, *prices: int, seconds: int = 0) -> Batch:
        """Seal, and begin the next batch: with prices, or only the clock."""
        batch = self.seal()
        self.clock += seconds
        self.engine.advance(self.clock, self.reports(*prices) if prices else ())
        return batch

    # ------------------------------------------------------------------------------------------ actions
    def signed(self, account: int, **changes) -> dict[str, int]:
        """The head of a signed action with the next counter of lane 0."""
        self.counters[account] = self.counters.get(account, 0) + 1
        head = {"account": account, "lane": 0, "counter": self.counters[account], "expiry": self.clock + LIFETIME}
        return {**head, **changes}

    def order(self, account: int, side: int, price: int, size: int, **changes) -> Place:
        """An order: GTC in market 0 unless said otherwise."""
        terms = {"market": 0, "tif": GTC, "post_only": 0, "reduce_only": 0}
        return Place(**{**self.signed(account), **terms, "side": side, "price": price, "size": size, **changes})

    def place(self, account: int, side: int, price: int, size: int, **changes) -> Receipt:
        return self.engine.apply(self.order(account, side, price, size, **changes))

    def cancel(self, account: int, placed: Receipt, **changes) -> Receipt:
        """Cancel what a receipt says rests."""
        _, market, epoch, index = placed.order
        named = {"market": market, "side": placed.action.side, "slot": placed.slot, "epoch": epoch, "index": index}
        return self.engine.apply(Cancel(**{**self.signed(account), **named, **changes}))

    def cancel_all(self, account: int, market: int = 0) -> Receipt:
        return self.engine.apply(CancelAll(market=market, **self.signed(account)))

    def sheet(self, account: int, *items: PlaceItem | CancelItem, **changes) -> Receipt:
        head = {"market": 0, "replace": 1, "items": items}
        return self.engine.apply(Sheet(**{**self.signed(account), **head, **changes}))

    def collect(self, side: int, slot: int, market: int = 0) -> Receipt:
        return self.engine.apply(Collect(market, side, slot))

    def deposit(self, account: int, amount: int = CASH, owner: int = 77) -> Receipt:
        """A deposit, creating the account if there is none."""
        if self.engine.account(account) is None:
            return self.engine.apply(Deposit(account, amount, 1, 100 + account, 7, owner))
        return self.engine.apply(Deposit(account, amount))

    def transfer(self, account: int, to: int, amount: int) -> Receipt:
        return self.engine.apply(Transfer(to=to, amount=amount, **self.signed(account)))

    def withdraw(self, account: int, amount: int, **changes) -> Receipt:
        return self.engine.apply(Withdraw(amount=amount, **self.signed(account, **changes)))

    # ------------------------------------------------------------------------------------------ reading
    def size(self, account: int, market: int = 0) -> int:
        return self.engine.position(account, market).size

    def cash(self, account: int) -> int:
        return self.engine.account(account).cash


def quote(side: int, price: int, size: int) -> PlaceItem:
    """A post-only item."""
    return PlaceItem(side, GTC, 1, 0, price, size)


def prices(levels: list) -> list[tuple[int, int]]:
    """Price and size of each level."""
    return [(level.price, level.size) for level in levels]
