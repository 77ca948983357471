"""A deployment of class XS whose accounts hold real keys: sign, apply, seal."""

from hashlib import sha256

from circuits.native import Native
from rollup.actions import Cancel, CancelAll, Deposit, Place, Report, Sheet, Transfer, Withdraw
from rollup.batch import Batch, Domain
from rollup.engine import Engine
from rollup.genesis import Admission, FeeAccount, Genesis, MarketTerms
from rollup.hashing import domain_digest
from rollup.layout import CLASSES, GTC, MARKETS, REPORTERS
from rollup.receipts import Receipt

CHAIN, CONTRACT = 31337, 0xC0FFEE
CLOCK = 1_800_000_000
MARK = 100_000
"""Micro-units per lot, in both markets."""
LIFETIME = 3600
OWNER = 0xA11CE
MILLION = 10**6


def seed(name: object) -> bytes:
    """Seed of a key by the name of its holder."""
    return sha256(str(name).encode()).digest()


def market(name: str, sweep: int, **changes) -> MarketTerms:
    """Terms of a test market: a tenth of initial margin, fees of 500 and 1,000 parts per million."""
    terms = {
        "name": name,
        "initial": 100_000,
        "maintenance": 50_000,
        "reserve": 2_000,
        "taker_fee": 1_000,
        "maker_fee": 500,
        "jump": 1_000,
        "ceiling": 500_000,
        "sweep": sweep,
        "tick": 1,
        "minimum": 1,
        "reference_price": MARK * MILLION,
    }
    return MarketTerms(**{**terms, "reference_price": 10**9, **changes})


class World:
    """One engine, the keys of everyone in it, and the nonces they have used."""

    def __init__(self, native: Native, size_class: str = "XS", markets: int = 2, **changes) -> None:
        self.native = native
        self.clock = CLOCK
        size = CLASSES[size_class]
        reporters = native.public_keys([seed(f"reporter {number}") for number in range(REPORTERS)])
        fees = native.public_key(seed("fees"))
        self.genesis = Genesis(
            markets=tuple(market(f"TEST{number}", size.sweep, **changes) for number in range(markets)),
            reporters=tuple(map(tuple, reporters)),
            quorum=size.slots["reports"],
            max_age=600,
            fee_account=FeeAccount(fees.x, fees.y, OWNER),
            book_pages=2,
            admission=Admission(order_cap=20),
        ).checked()
        self.domain = Domain(CHAIN, CONTRACT)
        self.engine = Engine(self.genesis, self.domain, size_class)
        self._digest = domain_digest(native, *self.domain)
        self._counters: dict[tuple[int, int], int] = {}

    # ------------------------------------------------------------------------------------------ batches
    def begin(self, *prices: int, seconds: int = 10) -> None:
        """Open a batch; with prices for the markets, or without any reports."""
        self.clock += seconds
        self.engine.advance(self.clock, self.reports(*prices) if prices else ())

    def seal(self) -> Batch:
        """Seal the batch in progress."""
        return self.engine.seal(self.native)

    def reports(self, *prices: int) -> list[Report]:
        """A quorum's equal, signed reports at the present clock."""
        vector = (*prices, *(0,) * (MARKETS - len(prices)))
        return [self.report(number, self.clock, vector) for number in range(self.genesis.quorum)]

    def report(self, reporter: int, round_: int, prices: tuple[int, ...]) -> Report:
        """One signed report."""
        return self._signed(Report(reporter=reporter, round=round_, prices=prices), f"reporter {reporter}")

    def apply(self, action) -> Receipt:
        """Apply an action."""
        return self.engine.apply(action)

    # ------------------------------------------------------------------------------------------ actions
    def deposit(self, account: int, amount: int = 10**9, new: int = 1, owner: int = OWNER) -> Receipt:
        """A deposit; a new account's key is named by its number."""
        key = self.native.public_key(seed(account))
        named = {"key": key.x, "owner": owner, "key_y": key.y} if new else {"key": 0, "owner": 0, "key_y": 0}
        return self.apply(Deposit(account=account, amount=amount, new=new, **named))

    def place(self, account: int, side: int, price: int, size: int, **changes) -> Receipt:
        """An order: GTC in market 0 unless said otherwise."""
        terms = {
            "market": 0,
            "side": side,
            "tif": GTC,
            "post_only": 0,
            "reduce_only": 0,
            "price": price,
            "size": size,
            "expiry": self.expiry(),
            "client": 7,
        }
        return self.apply(self.signed(Place, account, **{**terms, **changes}))

    def cancel(self, placed: Receipt, account: int | None = None, **changes) -> Receipt:
        """Cancel the order that a receipt says rests."""
        order = placed.order
        terms = {
            "market": order.market,
            "side": placed.action.side,
            "slot": placed.slot,
            "epoch": order.epoch,
            "index": order.index,
            "expiry": self.expiry(),
        }
        return self.apply(self.signed(Cancel, order.owner if account is None else account, **{**terms, **changes}))

    def cancel_all(self, account: int, market_: int = 0) -> Receipt:
        """Void every order of an account in a market."""
        return self.apply(self.signed(CancelAll, account, market=market_, expiry=self.expiry()))

    def sheet(self, account: int, *items, market_: int = 0, replace: int = 1) -> Receipt:
        """A sheet of place and cancel items."""
        return self.apply(
            self.signed(Sheet, account, market=market_, replace=replace, expiry=self.expiry(), items=tuple(items))
        )

    def transfer(self, account: int, to: int, amount: int) -> Receipt:
        """Move cash between two accounts."""
        return self.apply(self.signed(Transfer, account, to=to, amount=amount, expiry=self.expiry()))

    def withdraw(self, account: int, amount: int) -> Receipt:
        """Take cash out."""
        return self.apply(self.signed(Withdraw, account, amount=amount, expiry=self.expiry()))

    def expiry(self, seconds: int = LIFETIME) -> int:
        """A moment after the clock."""
        return self.clock + seconds

    def signed(self, kind: type, account: int, lane: int = 0, **fields):
        """A signed action under the account's next nonce of a lane."""
        counter = self._counters.get((account, lane), 0) + 1
        self._counters[account, lane] = counter
        holder = account if account else "fees"
        return self._signed(kind(account=account, lane=lane, counter=counter, **fields), holder)

    def _signed(self, action, holder):
        return action._replace(signature=tuple(self.native.sign(seed(holder), action.message(self._digest))))
