"""Simulated makers: recorded seconds that never end and never drift, quotes and takers through the public API."""

from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from novate.cli.maker import fitting
from novate.errors import NovateError
from novate.maker import cast, recording
from novate.service.folder import ChainRecord
from rollup.layout import SHEET_ITEMS
from tests.client import folder, house
from tests.client.folder import Line

CHAIN = ChainRecord(31337, "http://127.0.0.1:9", False, settlement=f"{house.CONTRACT:#042x}")
LISTED = {"BTC-PERP": (Decimal("0.001"), 100)}


def test_makers_quote_and_takers_take_through_the_api(tmp_path: Path, capsys) -> None:
    with house.opened(tmp_path / "sequencer", accounts=4) as running:
        folder.written(tmp_path, running.api, CHAIN, {"maker-1": 1, "maker-2": 2, "taker-1": 3, "taker-2": 4})
        line = Line(tmp_path, capsys)
        words = ("--markets", "BTC-PERP", "--makers", "2", "--accounts", "4", "--levels", "4", "--speed", "8")
        done = line.json("maker", *words, "--seconds", "3", "--leave")
        assert done["sheets"] >= 4 and done["quotes"] > 2 * done["sheets"] and done["orders"] and done["fills"]
        assert done["quotes"] >= 9 * done["orders"] / 10
        book = line.json("book", "BTC-PERP", "--depth", "20")["book"]
        assert len(book["bids"]) >= 3 and len(book["asks"]) >= 3
        assert sum(level["orders"] for level in book["bids"]) <= SHEET_ITEMS
        done = line.json("maker", *words, "--seconds", "0.5")
        book = line.json("book", "BTC-PERP")["book"]
        assert not book["bids"] and not book["asks"], "quotes are taken back"
        assert line.json("maker", *words[:4], "--accounts", "2", code=1)["error"]["code"] == "TOO_FEW_ACCOUNTS"
        assert line.json("maker", "--markets", "X", code=1)["error"]["code"] == "NOT_RECORDED"
        assert line.json("maker", *words[:2], "--accounts", "9", code=1)["error"]["code"] == "NOT_A_DEVNET"


def test_makers_of_the_smallest_class_quote_sheets_that_fit(tmp_path: Path, capsys) -> None:
    """Eight levels a side would be refused, each sheet of them, as TOO_LARGE."""
    names = {"maker-1": 1, "taker-1": 2}
    with house.opened(tmp_path / "sequencer", size_class="XS", accounts=2) as running:
        services = folder.written(tmp_path, running.api, CHAIN, names)
        services.write(replace(services.read(), size_class="XS"))
        line = Line(tmp_path, capsys)
        words = ("maker", "--markets", "BTC-PERP", "--makers", "1", "--accounts", "2", "--speed", "4")
        done = line.json(*words, "--seconds", "2")
        assert done["sheets"] and done["quotes"] and not done.get("refused TOO_LARGE")
        refused = line.json(*words, "--levels", "4", code=1)["error"]
        assert (refused["code"], refused["details"]) == ("TOO_MANY_LEVELS", {"asked": 4, "most": 3})
    assert fitting(None, "S") == 8


def test_every_second_time_round_buyers_sell() -> None:
    """So positions come back to where they were."""
    markets = recording.chosen(["BTC-PERP"], LISTED)
    once = list(islice(recording.forever(markets, 2), 400))
    second = once[0].number
    length = next(place for place, one in enumerate(once) if place and one.number == second)
    assert length > 100 and [one.number for one in once[:length]] == [one.number for one in once[length : 2 * length]]
    net = [0, 0]
    for turn in (0, 1):
        for one in once[turn * length : (turn + 1) * length]:
            net[turn] += sum(taker.size if taker.buys else -taker.size for taker in one.takers)
    assert net[0] == -net[1] != 0
    for plain, flipped in zip(once[:length], once[length : 2 * length]):
        for taker, other in zip(plain.takers, flipped.takers):
            best = markets[0].price((plain.views[0].bids if taker.buys else plain.views[0].asks)[0][0])
            assert other.buys is not taker.buys and other.size == taker.size
            assert other.worst <= best if taker.buys else other.worst >= best


def test_markets_must_be_listed_as_they_were_recorded() -> None:
    with pytest.raises(NovateError, match="LISTED_OTHERWISE"):
        recording.chosen(["BTC-PERP"], {"BTC-PERP": (Decimal("0.01"), 100)})
    with pytest.raises(NovateError, match="NOT_RECORDED"):
        recording.chosen(None, {"DOGE-PERP": (Decimal(1), 1)})


def test_names_and_money_of_the_cast() -> None:
    money = cast.wanted(markets=2, makers=2, takers=1)
    assert list(money) == ["maker-1", "maker-2", "maker-3", "maker-4", "taker-1"]
    assert money["maker-1"] == 10 * money["taker-1"]
