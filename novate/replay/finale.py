"""The end of a full replay: some owners take money out and claim it, and everything is added up."""

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from novate.market.intents import Leave
from novate.replay.outcome import Books, Leaving
from novate.replay.venue import Done, Venue
from rollup.engine import Engine
from rollup.hashing import Hasher
from verifier.settlement import Settlement

PART = 2
"""Those who leave take one part in so many of what their margin does not need."""


def leavers(engine: Engine, accounts: Sequence[int], count: int) -> list[Leave]:
    """So many accounts with the most to take out, and how much of it they take."""
    views = [engine.account(account) for account in accounts]
    free = sorted(((view.equity - view.required, view.account) for view in views), reverse=True)
    return [Leave(account, amount // PART) for amount, account in free[:count] if amount >= PART]


def withdraw(venue: Venue, leaving: Sequence[Leave], owners: dict[int, LocalAccount]) -> list[Leaving]:
    """Signed withdrawals, and what became of them."""
    done = venue.send(leaving)
    return [
        Leaving(one.account, owners[one.account].address, one.amount, 0, 0, refusal(what))
        for one, what in zip(leaving, done)
    ]


def refusal(done: Done) -> str:
    """Why an action did not take effect; empty if it did."""
    if isinstance(done.outcome, Exception):
        return str(done.outcome)
    return "" if done.outcome.code.is_result else done.outcome.code.value


def claim(settlement: Settlement, leaving: Sequence[Leaving], owners: dict[int, LocalAccount]) -> list[Leaving]:
    """Every owner who is owed something fetches it."""
    fetched = []
    for one in leaving:
        owed = settlement.owed(one.owner)
        if owed:
            settlement.claim(owners[one.account])
        fetched.append(one._replace(owed=owed, wallet=wallet(settlement, one.owner)))
    return fetched


def wallet(settlement: Settlement, address: str) -> int:
    """Collateral that an address holds, in micro-units, rounded down."""
    return settlement.chain.call(settlement.token.functions.balanceOf(address)) // settlement.scale


def add_up(settlement: Settlement, engine: Engine, hasher: Hasher, owners: dict[int, LocalAccount]) -> Books:
    """Read both sides of the ledger: what the contract holds, and what the accounts are worth at the last marks."""
    state = settlement.state()
    views = [engine.account(account) for account in engine.accounts()]
    markets = range(len(engine.genesis.markets))
    return Books(
        escrow=state.escrow,
        owed=sum(settlement.owed(owner.address) for owner in owners.values()),
        held=wallet(settlement, settlement.address),
        equities=sum(view.equity for view in views),
        negative=sum(min(view.equity, 0) for view in views),
        sizes=tuple(sum(view.positions[market].size for view in views) for market in markets),
        root=engine.root(hasher),
        root_on_chain=state.root,
    )
