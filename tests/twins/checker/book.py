"""Chips that change books without a trade: rest, unlink, quotes, cancels, cancel-alls, collects."""

from rollup.layout import (
    CANCEL_ITEM,
    EPOCH_BITS,
    INDEX_BITS,
    ITEM_KIND_SHIFT,
    MARKETS,
    PLACE_ITEM,
    PRICE_BITS,
    PRICE_MAX,
    SIZE_BITS,
    SLOT_BITS,
    TIME_BITS,
    pack,
    rank,
    sheet_column,
)
from tests.twins.checker.accounts import authorised
from tests.twins.checker.ledger import Ledger

EMPTY = (0,) * 8
HALF = 1 << (SIZE_BITS - 1)


def check(ledger: Ledger) -> None:
    """All of them."""
    chips = (("quotes", quote), ("cancels", cancel), ("cancel_alls", cancel_all), ("collects", collect))
    for chip, rule in chips:
        ledger.require(f"capacity: {chip}", len(ledger.trace[chip]) <= ledger.size.slots[chip])
        for row in ledger.trace[chip]:
            rule(ledger, row)


def slot_address(book: int, slot: int) -> int:
    return (book << SLOT_BITS) + slot


def crosses(side: int, price: int, resting: int) -> bool:
    """An order of a side at a price meets a resting price of the other side."""
    return rank(resting, 1 - side) <= rank(price, 1 - side)


def totals(position: tuple, side: int, change: int) -> tuple:
    epoch, funding, buy, sell, size, count = position
    return (epoch, funding, buy, sell + change, size, count) if side else (epoch, funding, buy + change, *position[3:])


def order_fields(ledger: Ledger, row: dict) -> None:
    ledger.bits("order: side", row["side"])
    ledger.require("market: below 8", 0 <= row["market"] < MARKETS)
    ledger.require("order: price fits", 0 < row["price"] <= PRICE_MAX)
    ledger.require("order: size fits", 1 <= row["size"] < 1 << SIZE_BITS)
    ledger.require("order: not the fee account", row["account"] != 0)


def widths(ledger: Ledger, position: tuple) -> None:
    _, _, buy, sell, size, count = position
    ledger.fits("order: within the widths", HALF - 1 - size - buy, SIZE_BITS)
    ledger.fits("order: within the widths", size - sell + HALF, SIZE_BITS)
    ledger.fits("order: totals", buy, SIZE_BITS)
    ledger.fits("order: totals", sell, SIZE_BITS)
    ledger.fits("order: count", count, INDEX_BITS)


def rest(ledger: Ledger, row: dict, book: int, record: tuple, time: int) -> None:
    """A record (without its next) enters the list behind its predecessor."""
    side, price = book & 1, record[3]
    slot, ahead = row["slot"], row["predecessor_slot"]
    ledger.fits("rest: slot fits", slot, SLOT_BITS)
    ledger.fits("rest: predecessor slot", ahead, SLOT_BITS)
    relinked = lambda found: (*found[:7], slot)  # noqa: E731
    before = ledger.access("rest", "order", row.get("predecessor"), slot_address(book, ahead), time, relinked)
    following = before[7]
    free = ledger.access("rest", "order", row.get("record"), slot_address(book, slot), time, (*record, following))
    ledger.require("rest: slot was free", free == EMPTY)
    ledger.require("rest: predecessor is live", before[6] != 0)
    ledger.fits("rest: predecessor not worse", rank(price, side) - rank(before[3], side), PRICE_BITS)
    if following:
        behind = ledger.access("rest", "order", row.get("successor"), slot_address(book, following), time)
        ledger.fits("rest: successor strictly worse", rank(behind[3], side) - rank(price, side) - 1, PRICE_BITS)
    else:
        ledger.absent("rest", row, "successor")


def unlink(ledger: Ledger, row: dict, book: int, time: int, owner_market: tuple[int, int]) -> tuple[tuple, bool]:
    """A record leaves the list; the owner's position before, and whether the record was void."""
    slot, ahead = row["slot"], row["predecessor_slot"]
    ledger.require("unlink: not the sentinel", slot != 0)
    ledger.fits("unlink: predecessor slot", ahead, SLOT_BITS)
    record = ledger.access("unlink", "order", row.get("record"), slot_address(book, slot), time, EMPTY)
    relinked = lambda found: (*found[:7], record[7])  # noqa: E731
    before = ledger.access("unlink", "order", row.get("predecessor"), slot_address(book, ahead), time, relinked)
    ledger.require("unlink: predecessor points here", before[7] == slot)
    owner, market = owner_market
    return removed(ledger, row.get("position"), record, book & 1, (owner << 12) + market, time)


def removed(ledger: Ledger, found, record: tuple, side: int, address: int, time: int) -> tuple[tuple, bool]:
    """The open total of a removed record's owner, unless the record was void."""
    void = record[1] != (found or [0, 0])[1]
    after = None if void else lambda position: totals(position, side, -record[6])
    position = ledger.access("unlink: totals", "position", found, address, time, after)
    if not void:
        lowered = totals(position, side, -record[6])
        ledger.fits("unlink: totals", lowered[2 + side], SIZE_BITS)
    return position, void


def quote(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    order_fields(ledger, row)
    account, market, side = row["account"], row["market"], row["side"]
    opposite = 2 * market + 1 - side
    sentinel = ledger.access("quote", "order", row.get("sentinel"), slot_address(opposite, 0), time)
    head = sentinel[7]
    if head:
        best = ledger.access("quote", "order", row.get("head"), slot_address(opposite, head), time)
        ledger.require("quote: does not cross", not crosses(side, row["price"], best[3]))
    else:
        ledger.absent("quote", row, "head")

    def more(position: tuple) -> tuple:
        raised = totals(position, side, row["size"])
        return (*raised[:5], raised[5] + 1)

    address = (account << 12) + market
    position = ledger.access("quote", "position", row.get("position"), address, time, more)
    widths(ledger, more(position))
    bits = pack(PLACE_ITEM, {**row, "tif": 0, "post_only": 1, "reduce_only": 0})
    ledger.take("ITEM", row["tick"], account, sheet_column(market, 1, position[0]), bits, row["expiry"])
    record = (account, position[0], position[5], row["price"], row["expiry"], 0, row["size"])
    rest(ledger, row, 2 * market + side, record, time)


def cancel(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    account, market, side, slot = row["account"], row["market"], row["side"], row["slot"]
    ledger.require("market: below 8", 0 <= market < MARKETS)
    ledger.bits("cancel: side", side, row["single"], row["open"])
    ledger.fits("cancel: slot fits", slot, SLOT_BITS)
    ledger.fits("cancel: epoch fits", row["epoch"], EPOCH_BITS)
    ledger.fits("cancel: index fits", row["index"], INDEX_BITS)
    ledger.require("cancel: not the fee account", account != 0)
    if row["single"]:
        authorised(ledger, row, "cancel", row, time)
    else:
        ledger.absent("cancel", row, "lane_row")
        second = sheet_column(market, row["open"], row["sheet_epoch"])
        key = row["tick"] + (1 << ITEM_KIND_SHIFT)
        ledger.take("ITEM", key, account, second, pack(CANCEL_ITEM, row), row["expiry"])
    book, address = 2 * market + side, (account << 12) + market
    record, position = row["record"][1:], row["position"][1:]
    named = (account, row["epoch"], row["index"])
    if tuple(record[:3]) == named and position[0] == row["epoch"]:
        unlink(ledger, row, book, time, (account, market))
    else:
        ledger.access("cancel", "order", row["record"], slot_address(book, slot), time)
        ledger.access("cancel", "position", row["position"], address, time)
        ledger.absent("cancel: miss", row, "predecessor")


def cancel_all(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    ledger.require("market: below 8", 0 <= row["market"] < MARKETS)
    authorised(ledger, row, "cancel_all", row, time)
    after = lambda position: (position[0] + 1, position[1], 0, 0, position[4], 0)  # noqa: E731
    address = (row["account"] << 12) + row["market"]
    position = ledger.access("cancel_all", "position", row.get("position"), address, time, after)
    ledger.fits("cancel_all: epoch", position[0] + 1, EPOCH_BITS)


def collect(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    market, side = row["market"], row["side"]
    ledger.require("market: below 8", 0 <= market < MARKETS)
    ledger.bits("collect: flags", side, row["expired"], row["reduce"], row["expired"] + row["reduce"])
    ledger.fits("collect: slot", row["slot"], SLOT_BITS)
    record = row["record"][1:]
    position, void = unlink(ledger, row, 2 * market + side, time, (record[0], market))
    ledger.require("collect: void", void == (not row["expired"] and not row["reduce"]))
    if row["expired"]:
        ledger.fits("collect: expired", ledger.clock - record[4] - 1, TIME_BITS)
    if row["reduce"]:
        most = position[4] if side else -position[4]
        ledger.require("collect: nothing to reduce", record[5] == 1 and most <= 0)
