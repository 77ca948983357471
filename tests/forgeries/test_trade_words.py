"""Forgeries of how an order's word is read: each field that is wider than its place borrows from the next."""

from unittest.mock import patch

from circuits.native import Native
from rollup.actions import Place, place
from rollup.layout import CLIENT_BITS, FOK, GTC, IOC, PRICE_BITS, PRICE_MAX, SIZE_BITS
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything, misread
from tests.forgeries.registry import Forged, forgery
from tests.forgeries.trade import long, two_asks
from tests.worlds.scenes import open_batch
from tests.worlds.world import MARK, World


def signed(world: World, account: int, side: int, price: int, size: int, **changes: int) -> Place:
    """A signed order in market 0, not applied."""
    terms = {"market": 0, "tif": GTC, "post_only": 0, "reduce_only": 0, "expiry": world.expiry(), "client": 7}
    return world.signed(Place, account, **{**terms, "side": side, "price": price, "size": size, **changes})


@forgery("order: price fits")
def test_a_price_reaches_into_the_size(native: Native) -> Forged:
    """Four for at most 50 each are read as three for any price."""
    world = two_asks(native)
    order = signed(world, 3, 0, 50, 4, tif=IOC)
    with anything():
        world.apply(misread(order, price=2**PRICE_BITS, size=-1))
    return Forged(Forger(world).seal())


@forgery("order: size fits")
def test_a_size_reaches_into_the_expiry(native: Native) -> Forged:
    """One lot until a moment is read as 2^48 more a second earlier; reduce-only trims them to the position."""
    world = long(native, size=5)
    world.place(3, 0, MARK, 5)
    order = signed(world, 1, 1, MARK, 1, reduce_only=1)
    with anything():
        world.apply(misread(order, size=2**SIZE_BITS, expiry=-1))
    return Forged(Forger(world).seal())


@forgery("order: client fits")
def test_a_client_is_wider_than_its_place(native: Native) -> Forged:
    """Its owner signed a word of more bits than a word has."""
    world = open_batch(native)
    with anything():
        world.place(1, 0, MARK, 1, client=2**CLIENT_BITS)
    return Forged(Forger(world).seal())


@forgery("order: price is not 0")
def test_an_order_sells_for_nothing(native: Native) -> Forged:
    """Price 0 is the ask sentinel's."""
    world = open_batch(native)
    world.place(1, 0, MARK, 3)
    with anything():
        world.place(2, 1, 0, 3, tif=IOC)
    return Forged(Forger(world).seal())


@forgery("order: price is not the highest")
def test_an_order_bids_the_sentinels_price(native: Native) -> Forged:
    """2^36 - 1 is the bid sentinel's."""
    world = two_asks(native)
    with anything():
        world.place(3, 0, PRICE_MAX + 1, 3, tif=IOC)
    return Forged(Forger(world).seal())


@forgery("order: immediate-or-cancel is a bit")
def test_immediate_or_cancel_is_read_as_fill_or_kill(native: Native) -> Forged:
    """-1 and twice 1 are the same time in force as 1 and twice 0."""
    world = two_asks(native)
    world.place(3, 0, MARK, 3, tif=IOC)
    forger = Forger(world)
    forger.row("orders").update(ioc=-1, fok=1)
    return Forged(forger.seal())


@forgery("order: not both immediate-or-cancel and fill-or-kill")
def test_a_time_in_force_is_both(native: Native) -> Forged:
    """Its owner signed the fourth time in force, which there is none of."""
    world = two_asks(native)
    with anything():
        world.place(3, 0, MARK, 3, tif=IOC + FOK)
    return Forged(Forger(world).seal())


@forgery("order: post-only is a bit")
def test_reduce_only_is_read_as_twice_post_only(native: Native) -> Forged:
    """An order that may only reduce opens a position."""
    world = open_batch(native)
    order = signed(world, 1, 0, MARK, 3, reduce_only=1)
    with anything():
        world.apply(misread(order, reduce_only=-1, post_only=2))
    return Forged(Forger(world).seal())


@forgery("order: reduce-only is a bit")
def test_a_price_reaches_into_reduce_only(native: Native) -> Forged:
    """A bid is read as one less and twice reduce-only, which the next to load its page takes for a larger order."""
    world = long(native)
    order = signed(world, 2, 0, MARK, 3)
    with anything(), patch.object(place, "admitted_size", lambda _, order: order.size):
        world.apply(misread(order, price=-1, reduce_only=2))
    return Forged(Forger(world).seal())


@forgery("bus: authorised")
def test_an_order_is_larger_than_what_was_signed(native: Native) -> Forged:
    """Five lots under a signature for three."""
    world = two_asks(native)
    order = signed(world, 3, 0, MARK + 1, 3)
    world.apply(order._replace(size=5))
    world.engine._state.signed[-1] = order
    return Forged(Forger(world).seal())


@forgery("bus: authorised")
def test_an_order_is_applied_in_another_lane(native: Native) -> Forged:
    """Its nonce is used up where it does not stand in the way of the next."""
    world = two_asks(native)
    order = signed(world, 3, 0, MARK, 3)
    world.apply(order._replace(lane=5))
    world.engine._state.signed[-1] = order
    return Forged(Forger(world).seal())


@forgery("bus: authorised")
def test_an_order_is_applied_for_another_account(native: Native) -> Forged:
    """Account 4 buys under account 3's signature."""
    world = two_asks(native)
    order = signed(world, 3, 0, MARK, 3)
    world.apply(order._replace(account=4))
    state = world.engine._state
    state.signed[-1] = order
    state.signers[3] = state.signers.pop(4)
    state.footprint.touch_header(3)
    return Forged(Forger(world).seal())


@forgery("bus: authorised")
def test_a_signed_word_is_left_out(native: Native) -> Forged:
    """An order's signature is there, and nothing applies or burns it."""
    world = two_asks(native)
    state = world.engine._state
    state.signed.append(signed(world, 1, 0, MARK, 3))
    return Forged(Forger(world).seal())
