"""Chips of authority and money: signers, signatures, sheets, burns, deposits, transfers, withdrawals."""

from rollup.layout import (
    ACCOUNT_BITS,
    AMOUNT_BITS,
    BODIES,
    CASH_BITS,
    COUNTER_BITS,
    EPOCH_BITS,
    ITEM_KIND_SHIFT,
    KINDS,
    LANE_BITS,
    MARKETS,
    SHEET_ITEMS,
    STEP_BITS,
    TIME_BITS,
    WORD_BODY_SHIFT,
    pack,
    sheet_column,
)
from tests.twins.checker.ledger import Ledger


def check(ledger: Ledger) -> None:
    """All of them."""
    trace = ledger.trace
    chips = (
        ("signers", signer),
        ("signatures", signature),
        ("sheets", sheet),
        ("burns", burn),
        ("item_burns", item_burn),
        ("deposits", deposit),
        ("transfers", transfer),
        ("withdrawals", withdrawal),
    )
    for chip, rule in chips:
        ledger.require(f"capacity: {chip}", len(trace[chip]) <= ledger.size.slots[chip])
        for row in trace[chip]:
            rule(ledger, row)


def signer(ledger: Ledger, row: dict) -> None:
    ledger.fits("signer: time fits", row["time"], STEP_BITS)
    key, _, version = ledger.access("signer", "identity", row["identity"], row["account"], row["time"])
    ledger.require("signer: key of the account", key != 0)
    ledger.signers.append((key, row["account"] + (version << ACCOUNT_BITS)))


def signature(ledger: Ledger, row: dict) -> None:
    at = row["account"] + (row["version"] << ACCOUNT_BITS)
    ledger.require("signature: signer", ledger.signers[row["signer"]] == (row["key"], at))
    ledger.put("AUTH", row["word"], at)


def nonce(ledger: Ledger, row: dict, time: int) -> int:
    """Account, lane and counter within their widths, and the lane advanced; the key version that may sign."""
    ledger.fits("word: account fits", row["account"], ACCOUNT_BITS)
    ledger.fits("word: lane fits", row["lane"], LANE_BITS)
    ledger.fits("word: counter fits", row["counter"], COUNTER_BITS)
    address = 8 * row["account"] + row["lane"]
    after = lambda lane: (row["counter"], lane[1])  # noqa: E731
    counter, version = ledger.access("word", "lane", row.get("lane_row"), address, time, after)
    ledger.fits("lane: counter rises", row["counter"] - counter - 1, COUNTER_BITS)
    return version


def word(row: dict, kind: int, body: int) -> int:
    """A signed word."""
    head = kind + (row["account"] << 4) + (row["lane"] << 28) + (row["counter"] << 31)
    return head + (body << WORD_BODY_SHIFT)


def authorised(ledger: Ledger, row: dict, kind: str, fields: dict, time: int) -> None:
    """Take the word that authorises the row."""
    version = nonce(ledger, row, time)
    packed = word(row, KINDS[kind], pack(BODIES[kind], fields))
    ledger.take("AUTH", packed, row["account"] + (version << ACCOUNT_BITS))
    ledger.fits("word: not expired", row["expiry"] - ledger.clock, TIME_BITS)


def sheet(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    market, replace = row["market"], row["replace"]
    ledger.require("market: below 8", 0 <= market < MARKETS)
    ledger.require("sheet: open", row["open"] == ledger.open[market])
    ledger.bits("sheet: replace", replace)
    ledger.require("sheet: not the fee account", row["account"] != 0)
    version = nonce(ledger, row, time)
    at = row["account"] + (version << ACCOUNT_BITS)
    ledger.require("signature: signer", ledger.signers[row["signer"]] == (row["key"], at))
    ledger.fits("word: not expired", row["expiry"] - ledger.clock, TIME_BITS)

    def bumped(position: tuple) -> tuple:
        epoch, funding, buy, sell, size, count = position
        return (epoch + 1, funding, 0, 0, size, 0) if replace else position

    address = (row["account"] << 12) + market
    epoch = ledger.access("sheet", "position", row.get("position"), address, time, bumped)[0] + replace
    ledger.fits("sheet: epoch fits", epoch, EPOCH_BITS)
    ledger.fits("sheet: items come after the head", row["first"] - row["tick"] - 1, STEP_BITS)
    ledger.require("sheet: 24 items", len(row["items"]) == SHEET_ITEMS)
    live = [item["live"] for item in row["items"]]
    ledger.require("sheet: no gaps", live == sorted(live, reverse=True))
    for number, item in enumerate(row["items"]):
        ledger.bits("sheet: kind", item["kind"], item["live"])
        ledger.require("sheet: an absent item is zero", bool(item["live"]) or item["bits"] == item["kind"] == 0)
        if item["live"]:
            key = row["first"] + number + (item["kind"] << ITEM_KIND_SHIFT)
            second = sheet_column(market, row["open"], epoch)
            ledger.put("ITEM", key, row["account"], second, item["bits"], row["expiry"])


def burn(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    transfers, withdraws = row["transfer"], row["withdraw"]
    ledger.bits("burn: kind", transfers, withdraws, transfers + withdraws)
    ledger.fits("burn: body fits", row["body"], 168)
    version = nonce(ledger, row, time)
    kind = KINDS["transfer"] if transfers else KINDS["withdraw"] if withdraws else KINDS["place"]
    ledger.take("AUTH", word(row, kind, row["body"]), row["account"] + (version << ACCOUNT_BITS))


def item_burn(ledger: Ledger, row: dict) -> None:
    ledger.fits("item burn: tick", row["tick"], STEP_BITS)
    ledger.fits("item burn: bits fits", row["bits"], 120)
    ledger.take("ITEM", row["tick"], row["account"], row["second"], row["bits"], row["expiry"])


def move(ledger: Ledger, rule: str, found: list | None, account: int, amount: int, time: int) -> None:
    """Cash of an account changes by an amount."""
    (cash,) = ledger.access(rule, "cash", found, account, time, lambda row: (row[0] + amount,))
    ledger.fits(f"{rule}: cash", cash + amount + (1 << (CASH_BITS - 1)), CASH_BITS)


def deposit(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    ledger.bits("deposit: new is a bit", row["new"])
    move(ledger, "deposit", row.get("cash"), row["account"], row["amount"], time)
    if row["new"]:
        created = (row["key"], row["owner"], 0)
        before = ledger.access("deposit", "identity", row.get("identity"), row["account"], time, created)
        ledger.require("deposit: account was empty", before == (0, 0, 0))
    else:
        ledger.absent("deposit", row, "identity")


def transfer(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    account, to, amount = row["account"], row["to"], row["amount"]
    ledger.fits("transfer: to", to, ACCOUNT_BITS)
    ledger.fits("transfer: amount", amount - 1, AMOUNT_BITS)
    ledger.require("transfer: to another", to != account)
    authorised(ledger, row, "transfer", row, time)
    identity = ledger.access("transfer", "identity", row.get("identity"), account, time)
    other = ledger.access("transfer", "identity", row.get("identity_to"), to, time)
    ledger.require("transfer: both exist", identity[0] != 0 and other[0] != 0)
    ledger.require("transfer: one owner", identity[1] == other[1])
    move(ledger, "transfer", row.get("cash"), account, -amount, time)
    move(ledger, "transfer", row.get("cash_to"), to, amount, time)
    ledger.outflows[account] += 1


def withdrawal(ledger: Ledger, row: dict) -> None:
    time = ledger.tick(row)
    account, amount = row["account"], row["amount"]
    ledger.fits("withdraw: amount", amount - 1, AMOUNT_BITS)
    authorised(ledger, row, "withdraw", row, time)
    ledger.access("withdraw", "identity", row.get("identity"), account, time)
    move(ledger, "withdraw", row.get("cash"), account, -amount, time)
    ledger.outflows[account] += 1
