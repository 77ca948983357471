"""Burn: a refused action uses up its nonce and changes nothing else, so it can never come back."""

from rollup.actions.place import Place
from rollup.actions.transfer import Transfer
from rollup.actions.withdraw import Withdraw
from rollup.layout import sheet_column
from rollup.receipts import Receipt
from rollup.refusals import Refused
from rollup.state import State
from rollup.words import body


def apply(state: State, action: Place | Transfer | Withdraw, refusal: Refused) -> Receipt:
    """Advance the lane of a refused place, transfer or withdrawal. Raises Full."""
    tick = state.next_tick()
    row = {
        "tick": tick,
        "account": action.account,
        "lane": action.lane,
        "counter": action.counter,
        "transfer": int(type(action) is Transfer),
        "withdraw": int(type(action) is Withdraw),
        "body": body(action.word()),
        "lane_row": state.authorise(action, tick),
    }
    state.emit("burns", row)
    return Receipt(refusal.code, action, tick, numbers=refusal.numbers)


def apply_item(state: State, place: Place, bits: int, tick: int, epoch: int, refusal: Refused) -> Receipt:
    """Use up a refused place item of a sheet whose head saw ``epoch``. The tick stays unused. Raises Full."""
    row = {
        "tick": tick,
        "account": place.account,
        "second": sheet_column(place.market, state.open[place.market], epoch),
        "bits": bits,
        "expiry": place.expiry,
    }
    state.emit("item_burns", row)
    return Receipt(refusal.code, place, tick, numbers=refusal.numbers)
