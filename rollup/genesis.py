"""Genesis: the file that describes a deployment, the laws its parameters obey, and the state it begins with."""

from typing import NamedTuple

from rollup import layout
from rollup.layout import MARKETS, MILLION, NEVER, PRICE_MAX, REPORTERS, SENTINEL_PRICE, STATUS_OPEN, SWEEP_MAX

LEAST_MAKER_FEE = 100 * MILLION
"""A maker fee on one lot, in millionths of a micro-unit: rounding it up costs at most one per cent."""

FEE_MAX = MILLION // 10
"""With the cost of all open orders within the limit on cash, their fees then stay within its width too."""


class BadGenesis(ValueError):
    """A deployment file that breaks a law. ``law`` is stable; ``numbers`` holds what was compared."""

    def __init__(self, law: str, **numbers) -> None:
        self.law = law
        self.numbers = numbers
        super().__init__(" ".join([law, *(f"{name}={value}" for name, value in numbers.items())]))


class MarketTerms(NamedTuple):
    """A market as it is listed. Fractions in parts per million.

    ``name``             for people
    ``initial``          initial margin of a position
    ``maintenance``      stored for liquidation
    ``reserve``          fee reserve of open orders
    ``taker_fee``        and ``maker_fee``
    ``jump``             largest move of the mark a second, ``ceiling`` in one batch
    ``sweep``            steps of one order's way through the book
    ``tick``             prices are multiples of it, micro-units per lot
    ``minimum``          smallest order, lots
    ``reference_price``  of a lot at listing, at which the law on small fees is checked; not part of the state
    """

    name: str
    initial: int
    maintenance: int
    reserve: int
    taker_fee: int
    maker_fee: int
    jump: int
    ceiling: int
    sweep: int
    tick: int
    minimum: int
    reference_price: int
    status: int = STATUS_OPEN


class Admission(NamedTuple):
    """Rules of admission that are not proven: orders a side of a book, and equity that an order must be backed by.

    ``order_bond`` is an amount in micro-units; 0 asks for none.
    """

    order_cap: int = 64
    order_bond: int = 0


class FeeAccount(NamedTuple):
    """Account 0: its trading key and the address its withdrawals go to."""

    x: int
    y: int
    owner: int


class Genesis(NamedTuple):
    """A deployment. ``reporters`` are the keys (x, y) of the seven, ``quorum`` how many of them a round takes."""

    markets: tuple[MarketTerms, ...]
    reporters: tuple[tuple[int, int], ...]
    quorum: int
    max_age: int
    fee_account: FeeAccount
    book_pages: int = layout.BOOK_PAGES
    admission: Admission = Admission()

    @classmethod
    def from_dict(cls, data: dict) -> "Genesis":
        """A checked genesis out of a parsed file. Raises BadGenesis, KeyError or TypeError for a wrong shape."""
        return cls(
            markets=tuple(MarketTerms(**market) for market in data["markets"]),
            reporters=tuple((reporter["x"], reporter["y"]) for reporter in data["reporters"]),
            quorum=data["quorum"],
            max_age=data["max_age"],
            fee_account=FeeAccount(**data["fee_account"]),
            book_pages=data["book_pages"],
            admission=Admission(**data["admission"]),
        ).checked()

    def to_dict(self) -> dict:
        """The file's content."""
        return {
            "markets": [market._asdict() for market in self.markets],
            "reporters": [{"x": x, "y": y} for x, y in self.reporters],
            "quorum": self.quorum,
            "max_age": self.max_age,
            "fee_account": self.fee_account._asdict(),
            "book_pages": self.book_pages,
            "admission": self.admission._asdict(),
        }

    def checked(self) -> "Genesis":
        """Itself, if every law holds. Raises BadGenesis."""
        _require("numbers are whole", all(type(number) is int for number in self._numbers()))
        _require("at most eight markets", 1 <= len(self.markets) <= MARKETS, markets=len(self.markets))
        for number, market in enumerate(self.markets):
            check_market(number, market)
        _require("seven reporters", len(self.reporters) == REPORTERS, reporters=len(self.reporters))
        _require("reporters are distinct", len({x for x, _ in self.reporters}) == REPORTERS)
        keys = (*self.reporters, (self.fee_account.x, self.fee_account.y))
        for x, y in keys:
            _require("keys are field elements", 0 < x < layout.FIELD and 0 <= y < layout.FIELD, x=x, y=y)
        _require("an odd quorum", self.quorum % 2 == 1 and self.quorum <= REPORTERS, quorum=self.quorum)
        _require("an age", 0 < self.max_age < 1 << layout.FRACTION_BITS, max_age=self.max_age)
        _require("an owner", 0 < self.fee_account.owner < 1 << 160, owner=self.fee_account.owner)
        _require("pages of a book", 1 <= self.book_pages <= layout.BOOK_PAGES, book_pages=self.book_pages)
        cap, bond = self.admission
        _require("an order cap", 1 <= cap < 1 << layout.SLOT_BITS, order_cap=cap)
        _require("an order bond", 0 <= bond < 1 << layout.AMOUNT_BITS, order_bond=bond)
        return self

    def _numbers(self) -> list:
        """Everything in the file but names."""
        markets = [value for market in self.markets for value in market[1:]]
        keys = [value for reporter in self.reporters for value in reporter]
        return [*markets, *keys, self.quorum, self.max_age, *self.fee_account, self.book_pages, *self.admission]

    def sentinels(self) -> dict[int, tuple[int, ...]]:
        """ORDER rows of the listed markets' sentinels, by address: slot 0, of rank 0, with no order behind."""
        rows = {}
        for market in range(len(self.markets)):
            for side in (0, 1):
                address = layout.order_address(layout.book_of(market, side), 0)
                rows[address] = (0, 0, 0, SENTINEL_PRICE[side], NEVER, 0, 1, 0)
        return rows

    def market_cells(self) -> list[dict[str, int]]:
        """Fields of the eight cells of the market page: no marks yet, zeros where nothing is listed."""
        cells = []
        for terms in self.markets:
            known = terms._asdict()
            cells.append({field.name: known.get(field.name, 0) for field in layout.MARKET_CELL})
        empty = {field.name: 0 for field in layout.MARKET_CELL}
        return cells + [empty] * (MARKETS - len(cells))


def check_market(number: int, terms: MarketTerms) -> None:
    """The laws of a market's parameters. Raises BadGenesis."""
    fractions = (
        terms.initial,
        terms.maintenance,
        terms.reserve,
        terms.taker_fee,
        terms.maker_fee,
        terms.jump,
        terms.ceiling,
    )
    at = {"market": number}
    _require("fractions are at most one", all(0 <= value <= MILLION for value in fractions), **at)
    _require(
        "reserve >= taker fee >= maker fee",
        terms.reserve >= terms.taker_fee >= terms.maker_fee,
        reserve=terms.reserve,
        taker_fee=terms.taker_fee,
        maker_fee=terms.maker_fee,
        **at,
    )
    _require(
        "initial >= reserve and at least 1",
        terms.initial >= terms.reserve and terms.initial >= 1,
        initial=terms.initial,
        reserve=terms.reserve,
        **at,
    )
    _require("fees are at most a tenth", terms.taker_fee <= FEE_MAX, taker_fee=terms.taker_fee, **at)
    _require("maintenance <= initial", terms.maintenance <= terms.initial, maintenance=terms.maintenance, **at)
    _require("marks can move", terms.jump >= 1 and terms.ceiling >= 1, jump=terms.jump, ceiling=terms.ceiling, **at)
    _require("a sweep", 1 <= terms.sweep <= SWEEP_MAX, sweep=terms.sweep, **at)
    _require("a tick", 1 <= terms.tick <= PRICE_MAX, tick=terms.tick, **at)
    _require("a minimum", 1 <= terms.minimum < 1 << layout.SIZE_BITS, minimum=terms.minimum, **at)
    _require("a status", terms.status in (0, STATUS_OPEN), status=terms.status, **at)
    _require("a price", 1 <= terms.reference_price <= PRICE_MAX, reference_price=terms.reference_price, **at)
    _require(
        "a maker fee on a lot is nothing or 100 micro-units",
        terms.maker_fee == 0 or terms.reference_price * terms.maker_fee >= LEAST_MAKER_FEE,
        maker_fee=terms.maker_fee,
        reference_price=terms.reference_price,
        **at,
    )


def _require(law: str, holds: bool, **numbers) -> None:
    if not holds:
        raise BadGenesis(law, **numbers)
