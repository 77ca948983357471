"""Keys of everyone in a replay: traders, reporters, the fee account. Made from the seed: development keys."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from circuits.native import Native, PublicKey, message_cells
from novate.feed.market import Market
from novate.market.listing import listing
from rollup.actions import Action, Report
from rollup.genesis import Admission, FeeAccount, Genesis
from rollup.layout import CLASSES, REPORTERS

MAX_AGE = 120
"""Seconds after which a market without a fresh price is reduce-only."""
BOOK_PAGES = 64
ORDER_CAP = 512


def secret(seed: int, role: str, number: int) -> bytes:
    """Seed of one key."""
    return sha256(f"novate development key {seed} {role} {number}".encode()).digest()


class People:
    """Who holds which key, and their signatures."""

    def __init__(self, native: Native, seed: int, accounts: Sequence[int]) -> None:
        self._native = native
        self.seed = seed
        self._traders = {account: secret(seed, "trader", account) for account in accounts}
        self._reporters = [secret(seed, "reporter", number) for number in range(REPORTERS)]
        self.keys: dict[int, PublicKey] = dict(zip(accounts, native.public_keys(list(self._traders.values()))))
        self.reporter_keys = native.public_keys(self._reporters)
        self.fee_key = native.public_key(secret(seed, "fees", 0))

    def genesis(self, markets: Sequence[Market], size_class: str, fee_owner: int) -> Genesis:
        """The deployment of recorded markets for a size class; ``fee_owner`` is an address as a number."""
        size = CLASSES[size_class]
        return Genesis(
            markets=tuple(listing(market, size.sweep) for market in markets),
            reporters=tuple((key.x, key.y) for key in self.reporter_keys),
            quorum=size.slots["reports"],
            max_age=MAX_AGE,
            fee_account=FeeAccount(self.fee_key.x, self.fee_key.y, fee_owner),
            book_pages=BOOK_PAGES,
            admission=Admission(order_cap=ORDER_CAP),
        ).checked()

    def signed(self, actions: Iterable[Action | Report], domain: int) -> list[Action | Report]:
        """The actions and reports with their holders' signatures, in the same order."""
        signed = list(actions)
        orders = [(self._seed_of(action), action.message(domain)) for action in signed]
        for cells in {message_cells(message) for _, message in orders}:
            places = [place for place, (_, message) in enumerate(orders) if len(message) == cells]
            for place, signature in zip(places, self._native.sign_many([orders[place] for place in places])):
                signed[place] = signed[place]._replace(signature=tuple(signature))
        return signed

    def _seed_of(self, action: Action | Report) -> bytes:
        return self._reporters[action.reporter] if type(action) is Report else self._traders[action.account]
