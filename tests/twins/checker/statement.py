"""The advance, and the public words."""

from rollup.layout import (
    CLOCK_WORD,
    COUNTS_WORD,
    DEPOSIT_WORD,
    MARKETS,
    PRICE_BITS,
    PRICES_PER_CELL,
    REPORTERS,
    SWEEP_MAX,
    TIME_BITS,
    WITHDRAWAL_WORD,
    PublicWord,
    pack,
)
from tests.twins.checker.ledger import Ledger


def advance(ledger: Ledger) -> None:
    """Old system and market cells to new ones."""
    row = ledger.trace["advance"]
    clock = ledger.parts(CLOCK_WORD, ledger.words[PublicWord.CLOCK])
    ledger.clock = clock["clock"]
    ledger.bits("advance: priced is a bit", row["priced"])
    ledger.require("clock: priced word", clock["priced"] == row["priced"])
    ledger.fits("clock: does not run back", ledger.clock - row["clock"], TIME_BITS)
    reports = ledger.trace["reports"]
    if row["priced"]:
        _reports(ledger, row, reports)
        ledger.fits("round: newer", clock["round"] - row["round"] - 1, TIME_BITS)
        ledger.require("round: is the clock", clock["round"] == ledger.clock)
    else:
        ledger.require("advance: no reports", not reports)
        ledger.require("round: stays", clock["round"] == row["round"])
    for number, market in enumerate(row["markets"]):
        prices = [report["prices"][number] for report in reports]
        new = _market(ledger, market, prices, clock["round"])
        ledger.markets.append(new)
        fresh = ledger.clock - new["price_time"] <= row["max_age"]
        ledger.open.append(int(new["status"] == 1 and fresh))
        if new["initial"]:
            ledger.require("market: sweep", 1 <= new["sweep"] <= SWEEP_MAX)


def _reports(ledger: Ledger, row: dict, reports: list[dict]) -> None:
    ledger.require("reports: quorum", len(reports) == row["quorum"] == ledger.size.slots["reports"])
    numbers = [report["reporter"] for report in reports]
    ledger.require("reports: distinct", numbers == sorted(set(numbers)) and set(numbers) <= set(range(REPORTERS)))
    for report in reports:
        ledger.require("report: key of the reporter", report["x"] == row["reporters"][report["reporter"]])


def _market(ledger: Ledger, market: dict, prices: list[int], round_: int) -> dict:
    middle = market["median"]
    if not prices or not all(prices):
        ledger.require("median: none", middle == 0)
        return market
    half = (len(prices) + 1) // 2
    ledger.require("median: below", sum(price <= middle for price in prices) >= half)
    ledger.require("median: above", sum(price >= middle for price in prices) >= half)
    ledger.require("median: one of the prices", middle in prices)
    if market["price_time"]:
        share = min(market["jump"] * min(round_ - market["price_time"], 3600), market["ceiling"])
        if 10**6 * abs(middle - market["mark"]) > market["mark"] * share:
            return market
    return {**market, "mark": middle, "price_time": round_}


def words(ledger: Ledger) -> None:
    """Words of the batch against its slots; the roots are the tree's to check."""
    given, size = ledger.words, ledger.size
    ledger.require("words: as many as the class has", len(given) == size.word_count)
    ledger.require("words: class", given[PublicWord.CLASS] == size.number)
    marks = [ledger.markets[market]["mark"] for market in range(MARKETS)]
    for place in range(2):
        part = marks[PRICES_PER_CELL * place : PRICES_PER_CELL * (place + 1)]
        packed = sum(mark << (PRICE_BITS * slot) for slot, mark in enumerate(part))
        ledger.require("words: marks", given[PublicWord.MARKS + place] == packed)
    deposits, withdrawals = ledger.trace["deposits"], ledger.trace["withdrawals"]
    counts = {"deposits": len(deposits), "requests": 0, "withdrawals": len(withdrawals)}
    ledger.require("words: counts", given[PublicWord.COUNTS] == pack(COUNTS_WORD, counts))
    expected = [0] * (size.word_count - PublicWord.DEPOSITS)
    for place, row in enumerate(deposits):
        expected[3 * place : 3 * place + 3] = [pack(DEPOSIT_WORD, row), row["key"], row["owner"]]
    start = size.withdrawal_offset - PublicWord.DEPOSITS
    for place, row in enumerate(withdrawals):
        owner = row["identity"][2]
        expected[start + place] = pack(WITHDRAWAL_WORD, {"owner": owner, "amount": row["amount"]})
    ledger.require("words: deposits and withdrawals", given[PublicWord.DEPOSITS :] == expected)
