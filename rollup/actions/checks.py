"""What several actions check: at the door before they are sequenced, and afterwards before they stand."""

from rollup import margin
from rollup.layout import CASH_SOFT_LIMIT, INDEX_BITS, SIZE_BITS, lane_address, position_address
from rollup.refusals import Code, Refused
from rollup.state import State
from rollup.words import Plan

HALF = 1 << (SIZE_BITS - 1)


def authority(state: State, action, plan: Plan) -> None:
    """Every signed action: fields within their widths, nonce above the last of its lane, not expired.

    Raises BAD_FIELD, NONCE_USED, EXPIRED.
    """
    name = plan.misfit(action)
    if name:
        raise Refused(Code.BAD_FIELD, **{name: getattr(action, name)})
    used = state.memory.lane.get(lane_address(action.account, action.lane))[0]
    if action.counter <= used:
        raise Refused(Code.NONCE_USED, counter=action.counter, used=used)
    if action.expiry < state.clock:
        raise Refused(Code.EXPIRED, expiry=action.expiry, clock=state.clock)


def known_account(state: State, account: int) -> None:
    """Raises UNKNOWN_ACCOUNT."""
    if account not in state.keys:
        raise Refused(Code.UNKNOWN_ACCOUNT, account=account)


def trader(state: State, action) -> None:
    """Who acts and where. Raises UNKNOWN_ACCOUNT, UNKNOWN_MARKET, NOT_POSSIBLE_FOR_FEE_ACCOUNT."""
    known_account(state, action.account)
    if action.market >= len(state.genesis.markets):
        raise Refused(Code.UNKNOWN_MARKET, market=action.market)
    if action.account == 0:
        raise Refused(Code.NOT_POSSIBLE_FOR_FEE_ACCOUNT)


def cash_limit(state: State, account: int) -> None:
    """Keep cash and the cost of all open orders where no fill can leave the width. Raises CASH_LIMIT."""
    cash = state.cash(account)
    costs = state.open_cost(account)
    if abs(cash) + costs > CASH_SOFT_LIMIT:
        raise Refused(Code.CASH_LIMIT, cash=cash, orders=costs, limit=CASH_SOFT_LIMIT)


def size_limit(position: tuple) -> None:
    """Keep a position where every later fill of its open orders fits. Raises SIZE_LIMIT."""
    _, _, buy, sell, size, count = position
    if size + buy >= HALF or sell - size > HALF or buy >= HALF or sell >= HALF or count >> INDEX_BITS:
        raise Refused(Code.SIZE_LIMIT, size=size, buy=buy, sell=sell, count=count)


def outflow(state: State, account: int, receiver: int | None = None) -> None:
    """Money left the account: it must hold nothing in a stale market and be whole, open orders included.

    Raises MARKET_STALE, CASH_LIMIT, MARGIN.
    """
    for market in range(len(state.genesis.markets)):
        if not state.open[market]:
            _, _, buy, sell, size, _ = state.memory.position.get(position_address(account, market))
            if size or buy or sell:
                raise Refused(Code.MARKET_STALE, market=market)
    cash_limit(state, account)
    if receiver is not None:
        cash_limit(state, receiver)
    left = margin.value(state, account)
    if not margin.whole(left):
        raise Refused(Code.MARGIN, equity=left.equity, required=-(-left.requirement // margin.TWICE))
