"""From what people say to the whole numbers that are signed, and to the JSON that carries them. Nothing is rounded."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from novate.client.errors import FloatRefused, InvalidInput
from novate.client.models import Market, Order
from novate.client.signing.signer import Signer
from rollup.actions import (
    Cancel,
    CancelAll,
    CancelItem,
    Place,
    PlaceItem,
    Sheet,
    Transfer,
    Withdraw,
    encode,
    to_dict,
)
from rollup.layout import BODIES, CLIENT_BITS, KINDS, SHEET_ITEMS, WORD_HEAD, pack
from sequencer import instruments
from sequencer.instruments import Instrument, OffGrid

Signable = Place | Sheet | Cancel | CancelAll | Transfer | Withdraw
Number = Decimal | str | int
SIDES = {"buy": 0, "sell": 1}
TIMES_IN_FORCE = {"gtc": 0, "ioc": 1, "fok": 2}


class Quote(NamedTuple):
    """An order of a sheet. A quote that would take is refused, unless ``post_only`` is off."""

    side: str
    price: Number
    size: Number
    post_only: bool = True
    reduce_only: bool = False
    tif: str = "gtc"


class OrderRef(NamedTuple):
    """What names an order in the book: its id, side and slot."""

    order_id: str
    side: str
    slot: int


def instrument_of(market: Market) -> Instrument:
    """Units of a market."""
    return Instrument(market.market, market.symbol, market.base, market.quote, market.lot, market.tick_units)


def _whole(what: str, value: object, convert) -> int:
    try:
        return convert(value)
    except TypeError:
        code, text = "FLOAT_REFUSED", f"{what}: {value!r} is no exact number; give a Decimal, a string or an int"
        raise FloatRefused(code, text, details={what: repr(value)}) from None
    except OffGrid as wrong:
        step = {what: str(value), "step": f"{instruments.plain(wrong.step):f}"}
        raise InvalidInput("OFF_GRID", f"{what} {value} is no multiple of its step", details=step) from None
    except ValueError:
        raise InvalidInput("NO_NUMBER", f"{what}: {value!r} is no number", details={what: repr(value)}) from None


def units(market: Instrument, price: Number) -> int:
    """Micro-units per lot. Raises FloatRefused, InvalidInput (OFF_GRID, NO_NUMBER, NOT_POSITIVE)."""
    return _positive("price", price, _whole("price", price, market.units))


def lots(market: Instrument, size: Number) -> int:
    """Lots. Raises as ``units``."""
    return _positive("size", size, _whole("size", size, market.lots))


def micro(amount: Number) -> int:
    """Micro-units of collateral. Raises as ``units``."""
    return _positive("amount", amount, _whole("amount", amount, instruments.micro))


def _positive(what: str, value: Number, whole: int) -> int:
    if whole <= 0:
        raise InvalidInput("NOT_POSITIVE", f"{what} {value} is not above zero", details={what: str(value)})
    return whole


def chosen(what: str, value: str, among: dict[str, int]) -> int:
    """The number of a word. Raises InvalidInput (UNKNOWN_VALUE)."""
    if value not in among:
        details = {what: value, "known": sorted(among)}
        raise InvalidInput("UNKNOWN_VALUE", f"{what} is one of {', '.join(among)}", details=details)
    return among[value]


def place(
    market: Instrument,
    account: int,
    expiry: int,
    side: str,
    size: Number,
    price: Number,
    tif: str,
    post_only: bool,
    reduce_only: bool,
    client: int,
) -> Place:
    """An order without its nonce. Raises InvalidInput."""
    if client < 0 or client >> CLIENT_BITS:
        most = 2**CLIENT_BITS - 1
        raise InvalidInput("CLIENT_ID", f"a client id is 0 to {most}", details={"client": client, "most": most})
    terms = (int(post_only), int(reduce_only), units(market, price), lots(market, size))
    numbers = (chosen("side", side, SIDES), chosen("tif", tif, TIMES_IN_FORCE), *terms)
    return Place(account, 0, 0, market.number, *numbers, expiry, client)


def sheet(
    market: Instrument,
    account: int,
    expiry: int,
    quotes: Iterable[Quote],
    cancels: Iterable[OrderRef | Order],
    replace: bool,
) -> Sheet:
    """A sheet without its nonce: cancels first, then quotes in their order. Raises InvalidInput."""
    items: list[PlaceItem | CancelItem] = []
    for gone in cancels:
        _, of, epoch, index = id_parts(gone.order_id)
        if of != market.number:
            raise InvalidInput("OTHER_MARKET", f"order {gone.order_id} is of another market than {market.symbol}")
        items.append(CancelItem(chosen("side", gone.side, SIDES), gone.slot, epoch, index))
    for quote in quotes:
        terms = (chosen("side", quote.side, SIDES), chosen("tif", quote.tif, TIMES_IN_FORCE), int(quote.post_only))
        numbers = (units(market, quote.price), lots(market, quote.size))
        items.append(PlaceItem(*terms, int(quote.reduce_only), *numbers))
    if len(items) > SHEET_ITEMS:
        details = {"items": len(items), "most": SHEET_ITEMS}
        raise InvalidInput("TOO_MANY_ITEMS", f"a sheet holds {SHEET_ITEMS} items", details=details)
    return Sheet(account, 0, 0, market.number, int(replace), expiry, tuple(items))


def cancel(account: int, expiry: int, gone: OrderRef | Order) -> Cancel:
    """A cancel without its nonce. Raises InvalidInput."""
    _, market, epoch, index = id_parts(gone.order_id)
    return Cancel(account, 0, 0, market, chosen("side", gone.side, SIDES), gone.slot, epoch, index, expiry)


def id_parts(order_id: str) -> tuple[int, int, int, int]:
    """Owner, market, epoch and index of an order's id. Raises InvalidInput (BAD_ORDER_ID)."""
    parts = order_id.split("-")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        raise InvalidInput("BAD_ORDER_ID", f"{order_id!r} is no order id: owner-market-epoch-index")
    owner, market, epoch, index = map(int, parts)
    return owner, market, epoch, index


def worst_price(market: Instrument, best: Decimal, side: str, slippage: Number) -> Decimal:
    """The worst price of a market order: ``slippage`` (a fraction) beyond the best price, on the tick inside that.

    Raises FloatRefused, InvalidInput (SLIPPAGE).
    """
    try:
        share = instruments.exact(slippage)
    except TypeError:
        raise FloatRefused("FLOAT_REFUSED", f"slippage: {slippage!r} is no exact number") from None
    except ValueError:
        share = Decimal(-1)
    if not 0 <= share < 1:
        raise InvalidInput("SLIPPAGE", "slippage is a fraction from 0, below 1", details={"slippage": str(slippage)})
    is_buy = chosen("side", side, SIDES) == 0
    step = market.price_step
    limit = best * (1 + share if is_buy else 1 - share) / step
    return max(limit.to_integral_value(ROUND_FLOOR if is_buy else ROUND_CEILING) * step, step)


def signed(action: Signable, signer: Signer, domain: int, lane: int, counter: int) -> Signable:
    """The action under a nonce and a signature."""
    numbered = action._replace(lane=lane, counter=counter)
    return numbered._replace(signature=signer.sign(numbered.message(domain)))


def carried(action: Signable) -> dict:
    """The action as it travels: its numbers, and the signature in hexadecimal."""
    plain = to_dict(action)
    plain["signature"] = [hex(cell) for cell in action.signature]
    for decision in ("collects", "no_room"):
        plain.pop(decision, None)
    return plain


def hash_of(action: Signable) -> str:
    """What names the action for all time: its receipt lies under it."""
    return "0x" + hashlib.sha256(encode(action)).hexdigest()


def body_of(actions: Sequence[Signable]) -> bytes:
    """The body of ``POST /v1/actions``: the same actions, the same bytes."""
    return json.dumps({"actions": [carried(action) for action in actions]}, separators=(",", ":")).encode()


def read_word(account: int, expires: int) -> int:
    """The word under a read token: lane and counter are zero, as it uses no nonce."""
    values = {"kind": KINDS["read"], "account": account, "lane": 0, "counter": 0, "expiry": expires}
    return pack((*WORD_HEAD, *BODIES["read"]), values)


def read_token(account: int, expires: int, signer: Signer, domain: int) -> str:
    """A token that lets its bearer read an account until ``expires`` (seconds), and do nothing else."""
    cells = signer.sign((read_word(account, expires), domain))
    plain = {"account": account, "expires": expires, "signature": [hex(cell) for cell in cells]}
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")
