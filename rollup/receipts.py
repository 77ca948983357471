"""What the engine answers: a receipt for every action, with the fills and endings it caused."""

from typing import NamedTuple

from rollup.refusals import Code, Ending


class OrderId(NamedTuple):
    """Name of a resting order for all time; ``index`` counts the orders of one epoch."""

    owner: int
    market: int
    epoch: int
    index: int


class Fill(NamedTuple):
    """One trade, at the maker's price. ``fee`` is the maker's, in micro-units; ``side`` the taker's."""

    maker: OrderId
    taker: int
    market: int
    side: int
    price: int
    size: int
    fee: int


class Ended(NamedTuple):
    """An order that was resting and is no longer live; ``remaining`` lots never traded."""

    order: OrderId
    side: int
    slot: int
    remaining: int
    ending: Ending


class Receipt(NamedTuple):
    """The outcome of one action.

    ``code``       a result, or the refusal for which the action was burned
    ``numbers``    what a refusal compared, by name
    ``tick``       of the operation; ticks count the operations of a batch from 1
    ``order``      id of the order that came to rest, with its ``slot`` and ``remaining`` lots
    ``size``       lots of the order after a reduce-only trim
    ``ending``     why a place that does not rest is over
    ``cost``       of the taker's fills, and the taker's ``fee``, in micro-units
    ``ended``      other orders that this action ended
    ``items``      a receipt for each item of a sheet
    ``action``     the action as it is to be journaled: a sheet carries the decisions taken for it
    """

    code: Code
    action: object
    tick: int
    numbers: dict[str, int] = {}
    order: OrderId | None = None
    slot: int = 0
    size: int = 0
    remaining: int = 0
    ending: Ending | None = None
    fills: tuple[Fill, ...] = ()
    cost: int = 0
    fee: int = 0
    ended: tuple[Ended, ...] = ()
    items: tuple["Receipt", ...] = ()
