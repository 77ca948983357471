"""A small universe in which anything may arrive: random actions on an engine, sealed and checked by the batch."""

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from rollup.actions import (
    Action,
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
from rollup.layout import CLASSES, DEPOSIT_MAX, FOK, GTC, IOC, MARKETS, PRICE_MAX, SIZE_BITS
from rollup.refusals import Full, Refused
from tests.twins.checker import check
from tests.twins.hasher import QuickHasher

DOMAIN = Domain(31337, 0xC0FFEE)
HASHER = QuickHasher()
LISTED = 3
OWNERS = 6
START = 1_000
LIFETIME = 100_000


def genesis(random: Random, size_class: str) -> Genesis:
    """Three markets with parameters anywhere within the laws, and small books."""
    size = CLASSES[size_class]
    markets = []
    for number in range(LISTED):
        initial = random.choice([50_000, 100_000, 300_000, 1_000_000])
        reserve = min(initial, random.choice([0, 1_000, 5_000, 50_000]))
        taker_fee = random.randint(0, reserve)
        markets.append(
            {
                "name": f"M{number}",
                "initial": initial,
                "maintenance": initial // 2,
                "reserve": reserve,
                "taker_fee": taker_fee,
                "maker_fee": random.randint(0, taker_fee),
                "jump": random.choice([1_000, 20_000, 1_000_000]),
                "ceiling": random.choice([100_000, 1_000_000]),
                "sweep": random.choice([1, 2, 4, 9, 16]) if size.sweep >= 16 else random.randint(1, size.sweep),
                "tick": 1,
                "minimum": 1,
                "reference_price": PRICE_MAX,
            }
        )
    return Genesis.from_dict(
        {
            "markets": markets,
            "reporters": [{"x": 11 + number, "y": 21 + number} for number in range(7)],
            "quorum": size.slots["reports"],
            "max_age": 100,
            "fee_account": {"x": 5, "y": 6, "owner": 50},
            "book_pages": 2,
            "admission": {"order_cap": random.choice([2, 4, 12]), "order_bond": random.choice([0, 0, 1, 1_000])},
        }
    )


class Intent(NamedTuple):
    """What is about to be tried; ``seed`` fills in the details against the state at that moment."""

    kind: str
    account: int
    market: int
    seed: int


KINDS = (
    ["place"] * 8
    + ["sheet"] * 4
    + ["cancel"] * 2
    + ["cancel_all", "reduce", "stretch", "transfer", "withdraw", "deposit", "collect", "collect", "advance", "advance"]
)

INTENTS = st.lists(
    st.builds(
        Intent,
        st.sampled_from(KINDS),
        st.integers(1, OWNERS),
        st.integers(0, LISTED - 1),
        st.integers(0, 2**16),
    ),
    min_size=15,
    max_size=80,
)


class Universe:
    """An engine, what was journaled, and what flowed in and out. Every batch that is sealed is checked."""

    def __init__(self, seed: int, size_class: str, is_big: bool = False, checked: bool = True) -> None:
        random = Random(seed)
        self.genesis = genesis(random, size_class)
        self.engine = Engine(self.genesis, DOMAIN, size_class)
        self.is_big = is_big
        self.checked = checked
        self.middles = [random.choice([5, 20, 100, 200]) for _ in range(LISTED)]
        if is_big:
            self.middles = [random.choice([3, 1 << 20, PRICE_MAX - 5]) for _ in range(LISTED)]
        self.counters: Counter = Counter()
        self.journal: list[tuple] = []
        self.batches: list[Batch] = []
        self.codes: Counter = Counter()
        self.flow = 0
        self._advance(START, random)

    # ------------------------------------------------------------------------------------------ what happens
    def run(self, intents: list[Intent]) -> "Universe":
        """Everything that was intended, then the seal of the last batch."""
        for intent in intents:
            self.act(intent)
        self.seal()
        return self

    def act(self, intent: Intent) -> None:
        """Try one thing; a full batch is sealed and the thing tried again."""
        random = Random(intent.seed)
        if intent.kind == "advance":
            clock = self.engine.clock + random.choice([0, 1, 5, 5, 30, 30, 150])
            self.seal()
            self._advance(clock, random)
            return
        action = self.action(intent, random)
        try:
            self.offer(action)
        except Full as full:
            self.codes[f"full {full.column}"] += 1
            self.seal()
            self._begin(self.engine.clock, ())
            self.offer(action)

    def offer(self, action: Action) -> None:
        """Apply an action. Raises Full."""
        try:
            receipt = self.engine.apply(action)
        except Refused as refusal:
            self.codes[refusal.code] += 1
            return
        self.codes[receipt.code] += 1
        self.codes.update(item.code for item in receipt.items)
        self.codes.update(ended.ending for ended in receipt.ended)
        self.journal.append(("action", receipt.action))
        if receipt.code == "APPLIED" and isinstance(action, Deposit):
            self.flow += action.amount
        if receipt.code == "APPLIED" and isinstance(action, Withdraw):
            self.flow -= action.amount

    def seal(self) -> Batch:
        """Seal, and hold the trace against the chips' rules."""
        batch = self.engine.seal(HASHER)
        self.journal.append(("seal", batch.root_after))
        self.batches.append(batch)
        if self.checked:
            assert check(json.loads(json.dumps(batch.trace)), HASHER) == []
        return batch

    def _begin(self, clock: int, reports: tuple[Report, ...]) -> None:
        self.engine.advance(clock, reports)
        self.journal.append(("advance", clock, reports))

    def _advance(self, clock: int, random: Random) -> None:
        """A new clock, mostly with a round of reports; sometimes a price is missing or the round is not newer."""
        for market, middle in enumerate(self.middles):
            step = max(1, middle // random.choice([200, 50, 10, 3]))
            self.middles[market] = min(max(1, middle + random.randint(-step, step)), PRICE_MAX)
        reports: tuple[Report, ...] = ()
        if random.random() < 0.85 and clock > self.engine.system.round:
            reporters = sorted(random.sample(range(7), self.genesis.quorum))
            reports = tuple(Report(reporter, clock, self._prices(random)) for reporter in reporters)
        self._begin(clock, reports)

    def _prices(self, random: Random) -> tuple[int, ...]:
        prices = [min(max(1, middle + random.randint(-1, 1)), PRICE_MAX) for middle in self.middles]
        if random.random() < 0.03:
            prices[random.randrange(LISTED)] = 0
        return (*prices, *[0] * (MARKETS - LISTED))

    # ------------------------------------------------------------------------------------------ what is tried
    def action(self, intent: Intent, random: Random) -> Action:
        """An action that mostly makes sense, often at an edge."""
        account, market = intent.account, intent.market
        if intent.kind == "deposit" or self.engine.account(account) is None:
            return self._deposit(account, random)
        signed = {"account": account, **self._nonce(account, random), "expiry": self._expiry(random)}
        build = getattr(self, f"_{intent.kind}")
        return build(account, market, signed, random)

    def _nonce(self, account: int, random: Random) -> dict[str, int]:
        lane = random.randrange(8) if random.random() < 0.3 else 0
        self.counters[account, lane] += 0 if random.random() < 0.03 else random.choice([1, 1, 5])
        return {"lane": lane, "counter": self.counters[account, lane]}

    def _expiry(self, random: Random) -> int:
        return self.engine.clock + (LIFETIME if random.random() < 0.7 else random.choice([0, 1, 5, 20, 20, -1]))

    def _price(self, market: int, random: Random) -> int:
        middle = self.middles[market]
        width = max(1, middle // random.choice([40, 20, 20, 8, 2]))
        price = middle + random.randint(-width, width)
        return min(max(1, random.choice([1, PRICE_MAX]) if random.random() < 0.04 else price), PRICE_MAX)

    def _size(self, random: Random) -> int:
        if random.random() < 0.03:
            return random.choice([(1 << SIZE_BITS) - 1, 1 << (SIZE_BITS - 1), (1 << (SIZE_BITS - 1)) - 1])
        if self.is_big and random.random() < 0.5:
            return random.randint(1, 1 << random.randint(1, SIZE_BITS - 1))
        return random.randint(1, random.choice([1, 3, 12]))

    def _terms(self, market: int, random: Random, **fixed: int) -> dict[str, int]:
        tif = random.choice([GTC, GTC, GTC, IOC, FOK])
        terms = {
            "side": random.randrange(2),
            "tif": tif,
            "post_only": int(random.random() < (0.3 if tif == GTC else 0.01)),
            "reduce_only": int(random.random() < 0.2),
            "price": self._price(market, random),
            "size": self._size(random),
        }
        return {**terms, **fixed}

    def _place(self, account: int, market: int, signed: dict, random: Random) -> Place:
        client = random.choice([0, 1, (1 << 24) - 1])
        return Place(market=market, client=client, **self._terms(market, random), **signed)

    def _reduce(self, account: int, market: int, signed: dict, random: Random) -> Place:
        """Out of a position, maybe far too much."""
        held = self.engine.position(account, market).size
        terms = self._terms(market, random, side=int(held > 0), post_only=0, tif=random.choice([GTC, GTC, IOC]))
        return Place(market=market, **{**terms, "reduce_only": int(random.random() < 0.7)}, **signed)

    def _stretch(self, account: int, market: int, signed: dict, random: Random) -> Place:
        """All the margin there is, or one lot more."""
        view, terms = self.engine.account(account), self.engine.markets[market]
        lot = max(1, terms.mark * (terms.initial + terms.reserve))
        lots = max(1, 10**6 * (view.equity - view.required) // lot + random.choice([0, 0, 1]))
        fixed = {"size": min(lots, (1 << SIZE_BITS) - 1), "post_only": 0, "reduce_only": 0}
        return Place(
            market=market, **self._terms(market, random, tif=random.choice([GTC, GTC, IOC]), **fixed), **signed
        )

    def _named(self, market: int, random: Random, owner: int = 0) -> tuple[int, dict[str, int]]:
        """An order in a book and its owner, mostly of ``owner``; sometimes one that is not there."""
        side = random.randrange(2)
        slots = [slot for slot in range(1, 47) if self.engine.order(market, side, slot)]
        own = [slot for slot in slots if self.engine.order(market, side, slot).id.owner == owner]
        slots = own or slots
        if slots and random.random() < 0.9:
            order = self.engine.order(market, side, random.choice(slots))
            return order.id.owner, {"side": side, "slot": order.slot, "epoch": order.id.epoch, "index": order.id.index}
        slot = random.choice([0, 1, 2, 2, 14, 15, 32, 33, 46, 64])
        return 0, {"side": side, "slot": slot, "epoch": random.randrange(3), "index": random.randrange(4)}

    def _cancel(self, account: int, market: int, signed: dict, random: Random) -> Cancel:
        owner, named = self._named(market, random)
        if owner and random.random() < 0.8:
            signed = {**signed, "account": owner, **self._nonce(owner, random)}
        return Cancel(market=market, **named, **signed)

    def _cancel_all(self, account: int, market: int, signed: dict, random: Random) -> CancelAll:
        return CancelAll(market=market, **signed)

    def _sheet(self, account: int, market: int, signed: dict, random: Random) -> Sheet:
        items: list[PlaceItem | CancelItem] = []
        for _ in range(random.randint(0, random.choice([3, 6, 24]))):
            if random.random() < 0.15:
                items.append(CancelItem(**self._named(market, random, account)[1]))
                continue
            quote = {"post_only": 1, "tif": GTC, "reduce_only": int(random.random() < 0.05)}
            items.append(PlaceItem(**self._terms(market, random, **(quote if random.random() < 0.7 else {}))))
        return Sheet(market=market, replace=int(random.random() < 0.6), items=tuple(items), **signed)

    def _transfer(self, account: int, market: int, signed: dict, random: Random) -> Transfer:
        kin = [other for other in range(1, OWNERS + 1) if other // 3 == account // 3]
        to = random.choice([0, account, OWNERS, OWNERS + 1, *kin * 3])
        return Transfer(to=to, amount=random.randint(1, 1 << random.randint(1, 12)), **signed)

    def _withdraw(self, account: int, market: int, signed: dict, random: Random) -> Withdraw:
        if random.random() < 0.2:
            signed = {**signed, "account": 0, **self._nonce(0, random)}
        view = self.engine.account(signed["account"])
        most = max(1, view.equity - view.required + random.choice([0, 1]))
        return Withdraw(amount=most if random.random() < 0.3 else random.randint(1, 1 << 10), **signed)

    def _deposit(self, account: int, random: Random) -> Deposit:
        most = 50 if self.is_big else 15
        amount = min(random.randint(1, 1 << random.randint(8, most)), DEPOSIT_MAX)
        if self.engine.account(account) is None:
            return Deposit(account, amount, 1, 1000 + account, 7, 50 + account // 3)
        return Deposit(account, amount)

    def _collect(self, account: int, market: int, signed: dict, random: Random) -> Collect:
        dead = self.engine.collectable()
        return random.choice(dead) if dead else Collect(market, random.randrange(2), random.randrange(3))


# ---------------------------------------------------------------------------------------------- what stays true
def universes(size_class: str, checked: bool = True) -> st.SearchStrategy[tuple[Universe, list[Intent]]]:
    """A fresh universe and what is to happen in it."""
    fresh = st.builds(
        lambda seed, is_big: Universe(seed, size_class, is_big, checked), st.integers(0, 2**16), st.booleans()
    )
    return st.tuples(fresh, INTENTS)


def rows_of(engine: Engine, kind: str) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Addresses and rows of a kind, out of a snapshot."""
    for address, *row in json.loads(engine.snapshot())["rows"][kind]:
        yield address, tuple(row)
