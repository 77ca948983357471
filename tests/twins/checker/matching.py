"""Chips of a sweep: orders, fills, evictions."""

from rollup.layout import (
    BODIES,
    CASH_BITS,
    CLIENT_BITS,
    PLACE_ITEM,
    PRICE_BITS,
    SIZE_BITS,
    TIME_BITS,
    pack,
    rank,
    sheet_column,
)
from tests.twins.checker.accounts import authorised, move
from tests.twins.checker.book import EMPTY, crosses, order_fields, removed, rest, slot_address, totals, widths
from tests.twins.checker.ledger import Ledger

MILLION = 10**6


def check(ledger: Ledger) -> None:
    """All of them."""
    chips = (("orders", order), ("fills", fill), ("evicts", evict), ("margin_evicts", margin_evict))
    for chip, rule in chips:
        ledger.require(f"capacity: {chip}", len(ledger.trace[chip]) <= ledger.size.slots[chip])
        for row in ledger.trace[chip]:
            rule(ledger, row)


def rounded_up(ledger: Ledger, rule: str, fee: int, amount: int, rate: int) -> None:
    ledger.require(rule, 0 <= MILLION * fee - amount * rate < MILLION)


def link(row: dict, time: int, step: int, remaining: int, cost: int, head: int) -> tuple:
    """A tuple of the sweep's chain."""
    same = (row["market"], row["side"], row["account"], row["price"], row["maker_fee"], row["open"])
    return (time, *same, remaining, cost, head, step)


def order(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    ledger.bits("order: bits", row["single"], row["ioc"], row["fok"], row["post_only"], row["reduce_only"], row["open"])
    ledger.bits("order: tif", row["ioc"] + row["fok"])
    order_fields(ledger, row)
    account, market, side = row["account"], row["market"], row["side"]
    told = ledger.markets[market]
    ledger.require("order: market", row["open"] == ledger.open[market] and row["sweep"] == told["sweep"])
    ledger.require("order: fees", (row["taker_fee"], row["maker_fee"]) == (told["taker_fee"], told["maker_fee"]))
    ledger.require("place: market takes it", bool(row["open"] or row["reduce_only"]))

    held = tuple(row["position"][1:])
    size = _trimmed(ledger, row, held[4])
    remaining, cost, end = row["remaining"], row["cost"], row["end_step"]
    start = 248 - row["sweep"]
    base = 256 * row["tick"]
    ledger.put("SWEEP", *link(row, base + start, start, size, 0, row["head_before"]))
    ledger.take("SWEEP", *link(row, base + end, end, remaining, cost, row["head_after"]))
    limited = _stop(ledger, row, time)

    direction = -1 if side else 1
    rounded_up(ledger, "order: fee", row["fee"], cost, row["taker_fee"])
    ledger.fees += row["fee"]
    move(ledger, "order", row.get("cash"), account, -direction * cost - row["fee"], time)

    rests = remaining > 0 and not row["ioc"] and not row["fok"] and not limited
    ledger.require("order: fill or kill", not row["fok"] or remaining == 0)
    ledger.require("order: post only", not row["post_only"] or (end == start and rests))
    rested = remaining if rests else 0

    def after(position: tuple) -> tuple:
        epoch, funding, buy, sell, lots, count = totals(position, side, rested)
        return epoch, funding, buy, sell, lots + direction * (size - remaining), count + rests

    ledger.access("order", "position", row.get("position"), (account << 12) + market, time, after)
    widths(ledger, after(held))
    _source(ledger, row, held[0], time)
    if rests:
        record = (account, held[0], held[5], row["price"], row["expiry"], row["reduce_only"], remaining)
        rest(ledger, row, 2 * market + side, record, time)
    else:
        ledger.absent("order", row, "record", "predecessor", "successor")


def _trimmed(ledger: Ledger, row: dict, held: int) -> int:
    """Lots after the reduce-only trim."""
    size = row["size"]
    if row["reduce_only"] or not row["open"]:
        size = min(size, held if row["side"] else -held)
    ledger.fits("place: n at least one", size - 1, SIZE_BITS)
    return size


def _stop(ledger: Ledger, row: dict, time: int) -> bool:
    """The sweep ended for exactly one reason; whether that was its limit."""
    opposite = 2 * row["market"] + 1 - row["side"]
    head = row["head_after"]
    moved = lambda sentinel: (*sentinel[:7], head)  # noqa: E731
    sentinel = ledger.access("order", "order", row.get("sentinel"), slot_address(opposite, 0), time, moved)
    ledger.require("order: opposite head", sentinel[7] == row["head_before"])
    meets = False
    if head:
        best = ledger.access("order", "order", row.get("head"), slot_address(opposite, head), time)
        meets = crosses(row["side"], row["price"], best[3])
    else:
        ledger.absent("order", row, "head")
    limited = row["remaining"] > 0 and meets and row["end_step"] >= 248
    ledger.require("stop", row["remaining"] == 0 or head == 0 or not meets or limited)
    return limited


def _source(ledger: Ledger, row: dict, epoch: int, time: int) -> None:
    """The signed word, or the item of a sheet that is still current."""
    fields = {**row, "tif": row["ioc"] + 2 * row["fok"]}
    if row["single"]:
        ledger.fits("order: client fits", row["client"], CLIENT_BITS)
        authorised(ledger, row, "place", {field.name: fields[field.name] for field in BODIES["place"]}, time)
        return
    ledger.absent("order", row, "lane_row")
    second = sheet_column(row["market"], row["open"], epoch)
    ledger.take("ITEM", row["tick"], row["account"], second, pack(PLACE_ITEM, fields), row["expiry"])


class Step:
    """What every step of a sweep shows: it meets the head, which crosses, within its budget."""

    def __init__(self, ledger: Ledger, row: dict) -> None:
        time, step, head = row["time"], row["step"], row["head"]
        ledger.take("SWEEP", *link(row, time, step, row["remaining"], row["cost"], head))
        ledger.require("step: within budget", 0 <= step <= 247)
        ledger.require("match: head is not the sentinel", head != 0)
        self.side = 1 - row["side"]
        self.address = slot_address(2 * row["market"] + self.side, head)
        self.record = tuple(row["record"][1:])
        self.position = tuple(row["position"][1:])
        self.place = (self.record[0] << 12) + row["market"]
        distance = rank(row["price"], self.side) - rank(self.record[3], self.side)
        ledger.fits("match: prices cross", distance, PRICE_BITS)
        self.reduces = bool(self.record[5]) or not row["open"]
        self.most = self.position[4] if self.side else -self.position[4]

    def fillable(self, ledger: Ledger, row: dict) -> tuple[int, int, tuple]:
        """Quantity of a fill that nothing forbids, what its maker earns, and the maker's position after it."""
        owner, epoch, _, price, expiry, _, resting, _ = self.record
        ledger.fits("match: maker is not expired", expiry - ledger.clock, TIME_BITS)
        ledger.require("match: maker is not void", epoch == self.position[0])
        ledger.require("match: not the taker's own", owner != row["account"])
        size = min(row["remaining"], resting, *([self.most] if self.reduces else []))
        ledger.fits("match: quantity", size - 1, SIZE_BITS)
        rounded_up(ledger, "match: maker fee", row["fee"], size * price, row["maker_fee"])
        direction = -1 if self.side else 1
        lowered = totals(self.position, self.side, -size)
        moved = (*lowered[:4], lowered[4] + direction * size, lowered[5])
        ledger.fits("match: size", moved[4] + (1 << (SIZE_BITS - 1)), SIZE_BITS)
        ledger.fits("match: totals", moved[2 + self.side], SIZE_BITS)
        return size, -direction * size * price - row["fee"], moved


def fill(ledger: Ledger, row: dict) -> None:
    step = Step(ledger, row)
    size, earned, moved = step.fillable(ledger, row)
    left = step.record[6] - size
    after = (*step.record[:6], left, step.record[7]) if left else EMPTY
    ledger.access("match", "order", row["record"], step.address, row["time"], after)
    ledger.access("match", "position", row["position"], step.place, row["time"], moved)
    (cash,) = ledger.access("match", "cash", row["cash"], step.record[0], row["time"], lambda cash: (cash[0] + earned,))
    ledger.fits("match: cash", cash + earned + (1 << (CASH_BITS - 1)), CASH_BITS)
    ledger.fees += row["fee"]
    head = row["head"] if left else step.record[7]
    cost = row["cost"] + size * step.record[3]
    ledger.put("SWEEP", *link(row, row["time"] + 1, row["step"] + 1, row["remaining"] - size, cost, head))


def _removal(ledger: Ledger, row: dict, step: Step, time: int, weight: int) -> bool:
    """The head leaves the book; whether it was void."""
    ledger.require("evict: the taker still wants", row["remaining"] != 0)
    ledger.access("evict", "order", row["record"], step.address, time, EMPTY)
    _, void = removed(ledger, row["position"], step.record, step.side, step.place, time)
    after = (row["time"] + weight, row["step"] + weight)
    ledger.put("SWEEP", *link(row, *after, row["remaining"], row["cost"], step.record[7]))
    return void


def evict(ledger: Ledger, row: dict) -> None:
    step = Step(ledger, row)
    expired, own, reduce = row["expired"], row["own"], row["reduce"]
    ledger.bits("evict: reasons", expired, own, reduce, expired + own + reduce)
    void = _removal(ledger, row, step, row["time"], 1)
    ledger.require("evict: void", void == (expired + own + reduce == 0))
    if expired:
        ledger.fits("evict: expired", ledger.clock - step.record[4] - 1, TIME_BITS)
    if own:
        ledger.require("evict: own order", step.record[0] == row["account"])
    if reduce:
        ledger.require("evict: nothing to reduce", step.reduces and step.most <= 0)


def worth(ledger: Ledger, cash: int, positions: list[tuple]) -> tuple[int, int, int]:
    """Equity, requirement with open orders, and requirement of the positions alone."""
    equity, requirement, held = cash, 0, 0
    for told, (_, _, buy, sell, size, _) in zip(ledger.markets, positions):
        mark, initial = told["mark"], told["initial"]
        equity += size * mark
        held += 2 * mark * initial * abs(size)
        reserve = told["reserve"]
        buys, sells = initial * (size + buy) + reserve * buy, initial * (sell - size) + reserve * sell
        requirement += 2 * mark * max(buys, sells)
    return equity, requirement, held


def margin_evict(ledger: Ledger, row: dict) -> None:
    step = Step(ledger, row)
    time, market, owner = row["time"], row["market"], step.record[0]
    told = ledger.markets[market]
    ledger.require(
        "evict margin: risk of the market",
        (row["mark"], row["initial"], row["reserve"]) == (told["mark"], told["initial"], told["reserve"]),
    )
    _, earned, moved = step.fillable(ledger, row)
    (cash,) = ledger.access("evict margin", "cash", row["cash"], owner, time)
    rows = [
        ledger.access("evict margin", "position", found, (owner << 12) + number, time)
        for number, found in enumerate(row["positions"])
    ]
    after = [moved if number == market else position for number, position in enumerate(rows)]
    before_fill, after_fill = worth(ledger, cash, rows), worth(ledger, cash + earned, after)
    shrinks = 0 <= moved[4] <= step.position[4] or step.position[4] <= moved[4] <= 0
    ledger.require("evict: the fill is not admissible", not admissible(before_fill, after_fill, shrinks))
    _removal(ledger, row, step, time + 1, 8)


def admissible(before: tuple[int, int, int], after: tuple[int, int, int], shrinks: bool) -> bool:
    """The rule on equity, requirement and the positions' requirement; ``shrinks`` speaks for all positions."""
    equity0, required0, held0 = before
    equity1, required1, held1 = after
    if 2 * MILLION * equity1 >= required1:
        return True
    if 2 * MILLION * equity0 >= required0 or required1 > required0 or not shrinks:
        return False
    if 32 * MILLION * equity0 >= held0:
        return 32 * MILLION * equity1 >= held1 and equity1 * held0 >= equity0 * held1
    return 32 * MILLION * (equity1 - equity0) + held0 - held1 >= 0
