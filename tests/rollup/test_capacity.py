"""Every capacity is counted before an action stands: what does not fit leaves no trace of itself."""

import pytest

from rollup.actions import CancelAll, CancelItem, Deposit, Withdraw
from rollup.engine import Engine, Misuse
from rollup.footprint import BOOK_SHIFT, Footprint, capacity
from rollup.layout import CLASSES, MARGIN_STEP, MARKETS, TICKING
from rollup.refusals import Code, Full, Refused
from rollup.undo import Undo
from tests.rollup.desk import BUY, DOMAIN, HASHER, SELL, Desk, genesis


def xs(**terms) -> Desk:
    return Desk("XS", **{"accounts": 3, "book_pages": 2, "order_cap": 30, **terms})


def fill_up(desk: Desk, action) -> str:
    """Apply until the batch is full; the column that was."""
    for _ in range(100):
        try:
            desk.engine.apply(action())
        except Full as full:
            return full.column
    raise AssertionError("never full")


@pytest.mark.parametrize(
    "column, accounts, action",
    [
        ("signatures", 1, lambda desk: desk.order(1, BUY, 9_000, 1)),
        ("cancel_alls", 1, lambda desk: CancelAll(market=0, **desk.signed(1))),
        ("burns", 1, lambda desk: desk.order(1, BUY, 9_000, 1, reduce_only=1)),
        ("withdrawals", 1, lambda desk: Withdraw(amount=1, **desk.signed(1))),
        ("deposits", 1, lambda desk: Deposit(1, 1)),
    ],
)
def test_a_full_table_is_named_and_nothing_of_the_action_stays(column: str, accounts: int, action) -> None:
    desk = xs(accounts=accounts)
    assert fill_up(desk, lambda: action(desk)) == column
    used = desk.engine.used()
    assert used[column] == CLASSES["XS"].slots[column]
    again = action(desk)
    full = desk.engine.fits(again)
    assert full is not None and full.column == column
    with pytest.raises(Full):
        desk.engine.apply(again)
    assert desk.engine.used() == used
    desk.turn()
    assert desk.engine.fits(again) is None
    assert desk.engine.apply(again)
    desk.seal()


def test_a_capacity_is_found_by_the_name_that_a_full_batch_gives_it() -> None:
    size = CLASSES["XS"]
    assert capacity(size, "fills") == size.slots["fills"]
    assert capacity(size, "nodes 2") == size.nodes[2]


def test_what_lacks_a_capacity_even_alone_is_too_large() -> None:
    """A class without slots for orders: never in an empty batch, and who comes later is told to wait."""
    desk = xs()
    size = desk.engine._state.size
    desk.engine._state.size = size._replace(slots={**size.slots, "orders": 0})
    with pytest.raises(Refused) as refused:
        desk.place(1, BUY, 9_000, 1)
    assert (refused.value.code, refused.value.numbers) == (Code.TOO_LARGE, {"orders": 0})
    assert desk.engine.is_empty
    desk.cancel_all(1)
    with pytest.raises(Full, match="orders"):
        desk.place(1, BUY, 9_000, 1)
    desk.engine._state.size = size
    desk.seal()


def test_signers_are_counted_once_each() -> None:
    """Class XS has four signers; a fifth waits, though there is a signature left."""
    desk = xs(accounts=5)
    for account in (1, 2, 3, 4, 1):
        desk.place(account, BUY, 9_000 + account, 1)
    with pytest.raises(Full, match="signers"):
        desk.place(5, BUY, 9_010, 1)
    assert desk.engine.used()["signers"] == 4
    desk.seal()


def test_asking_whether_something_fits_changes_nothing() -> None:
    desk = xs()
    used = desk.engine.used()
    order = desk.order(1, BUY, 9_000, 1)
    assert desk.engine.fits(order) is None
    assert desk.engine.used() == used
    assert desk.engine.book(0) == ([], [])
    with pytest.raises(Refused):
        desk.engine.fits(order._replace(market=9))
    desk.seal()


def test_what_fits_no_batch_is_refused_at_the_door() -> None:
    """Class XS has slots for three cancels."""
    desk = Desk("XS", accounts=1, book_pages=64)
    assert desk.sheet(1, *(CancelItem(BUY, 32 * page, 0, 1) for page in range(3))).code is Code.APPLIED
    desk.turn()
    with pytest.raises(Refused) as refused:
        desk.sheet(1, *(CancelItem(BUY, 32 * page, 0, 1) for page in range(4)))
    assert refused.value.code is Code.TOO_LARGE
    desk.seal()


@pytest.mark.parametrize("name, book_pages", [("XS", 2), *((name, 1024) for name in CLASSES if name != "XS")])
def test_the_longest_sweep_fits_an_empty_batch_wherever_accounts_and_orders_lie(name: str, book_pages: int) -> None:
    """A sweep meets as many makers as it has steps, each with a header and a book page of its own.

    Besides: the taker; pages of the next head and of the sentinel; pages of the new order and its two neighbours.
    A deployment of class XS has books of two pages.
    """
    size = CLASSES[name]
    assert size.slots["fills"] >= size.sweep
    assert size.slots["evicts"] >= size.sweep
    assert size.slots["margin_evicts"] >= -(-size.sweep // MARGIN_STEP)
    for accounts in spreads(size.sweep + 1, 10**6):
        for pages in spreads(min(size.sweep + 2, book_pages), book_pages):
            footprint = Footprint(size, Undo())
            footprint.begin()
            for account in accounts:
                footprint.touch_header(account + 1)
            for page in pages:
                footprint.touch_book(page)
            for page in pages[:3]:
                footprint.touch_book((1 << BOOK_SHIFT) + page)


def spreads(count: int, span: int) -> list[list[int]]:
    """So many different numbers below a span: side by side, and in strides that part them at each level of the tree."""
    strides = (8**level for level in range(8))
    found = [[place * stride % span + place * stride // span for place in range(count)] for stride in strides]
    found.append([place * (span - 1) // count for place in range(count)])
    return [numbers for numbers in found if len(set(numbers)) == count and max(numbers) < span]


def test_the_spreads_reach_as_many_nodes_as_they_could() -> None:
    apart = max(len({number // 512 for number in numbers}) for numbers in spreads(17, 10**6))
    assert apart == 17


def test_ticks_of_a_class_stay_within_the_width_of_time() -> None:
    for size in CLASSES.values():
        assert size.ticks == sum(size.slots[chip] for chip in TICKING)
        assert 256 * (size.ticks + 1) < 1 << 24


def test_the_nodes_a_batch_opens_are_those_it_counted() -> None:
    desk = xs()
    desk.place(1, BUY, 9_000, 1)
    desk.place(2, SELL, 9_000, 1)
    batch = desk.seal()
    assert [len(level) for level in batch.trace["nodes"]] == [batch.used[f"nodes {level}"] for level in range(9)]
    assert len(batch.trace["headers"]) == batch.used["headers"] == 3


def test_a_fault_half_way_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = xs()
    desk.place(1, SELL, 9_000, 1)
    used, book = desk.engine.used(), desk.engine.book(0)

    def interrupt(*_) -> None:
        raise KeyboardInterrupt

    order = desk.order(2, BUY, 9_000, 1)
    with monkeypatch.context() as patch:
        patch.setattr(desk.engine._state, "emit", interrupt)
        with pytest.raises(KeyboardInterrupt):
            desk.engine.apply(order)
    assert (desk.engine.used(), desk.engine.book(0)) == (used, book)
    assert desk.engine.apply(order).code is Code.FILLED
    desk.seal()


class Failing:
    """A hasher that dies after some calls."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def compress_many(self, width: int, rows: list[tuple[int, ...]]) -> list[int]:
        self.calls -= 1
        if self.calls < 0:
            raise ConnectionError("the child process died")
        return HASHER.compress_many(width, rows)


@pytest.mark.parametrize("calls", range(11))
def test_a_batch_whose_hasher_died_can_be_sealed_again(calls: int) -> None:
    desk = xs()
    desk.place(1, SELL, 9_000, 1)
    desk.place(2, BUY, 9_000, 1)
    fees = desk.cash(0)
    if calls < 10:
        with pytest.raises(ConnectionError):
            desk.engine.seal(Failing(calls))
        assert desk.cash(0) == fees
        desk.seal()
    else:
        desk.engine.seal(Failing(calls))


def test_an_empty_batch_is_a_batch() -> None:
    desk = xs()
    batch = desk.turn()
    batch = desk.seal()
    assert batch.root_before == batch.root_after
    assert (batch.used["headers"], batch.used["books"], batch.receipts) == (1, 0, [])


def test_calls_out_of_order_are_misuse() -> None:
    desk = xs()
    with pytest.raises(Misuse):
        desk.engine.advance(desk.clock)
    with pytest.raises(Misuse):
        desk.engine.snapshot()
    with pytest.raises(Misuse):
        desk.engine.apply("buy")
    desk.seal()
    for call in (lambda: desk.place(1, BUY, 9_000, 1), lambda: desk.seal(), lambda: desk.engine.used()):
        with pytest.raises(Misuse):
            call()


def test_batches_are_numbered_from_one() -> None:
    engine = Engine(genesis(), DOMAIN, "S")
    assert engine.number == 0
    desk = xs(accounts=1)
    assert [batch.number for batch in desk.batches] == [1]
    assert desk.seal().words[4] == 2
    assert len(desk.batches[0].words) == CLASSES["XS"].word_count
    assert MARKETS == 8
