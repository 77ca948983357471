"""Commands of traders against a real sequencer and gateway: answers, refusals, exit codes."""

import json
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from novate.cli.main import COMMANDS, main, module_of
from novate.service.folder import ChainRecord
from tests.client import folder, house
from tests.client.folder import Line

CHAIN = ChainRecord(31337, "http://127.0.0.1:9", False, settlement=f"{house.CONTRACT:#042x}")
OURS = "account deposit markets prices book order sheet cancel cancel-all orders fills positions withdraw claim receipt"
HEAVY = {"web3", "httpx2", "websockets", "eth_account", "rollup.engine"}
HELP = """
import sys
from novate.cli.main import main
try:
    main([sys.argv[1], "--help"])
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.fixture
def line(shared: house.House, tmp_path: Path, capsys) -> Line:
    """A command line whose folder knows two accounts of the shared house."""
    folder.written(tmp_path, shared.api, CHAIN, {"alice": 1, "bob": 2, "fees": 200})
    found = Line(tmp_path, capsys)
    for name in ("alice", "bob"):
        found.json("cancel-all", "--account", name)
    return found


def test_every_command_has_its_module_and_help_comes_at_once() -> None:
    for name in [*OURS.split(), "maker"]:
        assert name in COMMANDS and module_of(name).configure
    for name in ("order", "cancel-all", "maker"):
        done = subprocess.run([sys.executable, "-c", HELP, name], capture_output=True, text=True, check=True)
        assert "usage: novate" in done.stdout and not HEAVY & set(done.stderr.split())


def test_what_is_public(line: Line) -> None:
    assert [one["symbol"] for one in line.json("markets")["markets"]] == ["BTC-PERP", "ETH-PERP"]
    assert "0.00045" in line.text("markets")
    assert line.json("prices")["prices"]["marks"][0]["mark"] == "60000"
    assert "reporter" in line.text("prices")
    line.json("sheet", "BTC-PERP", "--bid", "59990x1", "--ask", "60010x2")
    book = line.json("book", "BTC-PERP", "--depth", "1")["book"]
    assert book["bids"][0]["price"] == "59990" and book["asks"][0]["size"] == "2"
    assert "59990" in line.text("book", "BTC-PERP")
    error = line.json("book", "DOGE-PERP", code=1)["error"]
    assert error["code"] == "UNKNOWN_MARKET" and error["details"]["known"] == ["BTC-PERP", "ETH-PERP"]


def test_an_order_from_the_command_line(line: Line) -> None:
    placed = line.json("order", "BTC-PERP", "sell", "0.5", "60010", "--client-id", "9")["receipt"]
    assert placed["code"] == "RESTED" and placed["order"]["client"] == 9
    assert "would be FILLED" in line.text("order", "BTC-PERP", "buy", "0.2", "60010", "--preview", "--account", "bob")
    taken = line.text("order", "BTC-PERP", "buy", "0.2", "--slippage", "0.01", "--account", "bob")
    assert "filled 0.2 at 60010" in taken
    order = placed["order"]["order_id"]
    assert [one["order_id"] for one in line.json("orders")["orders"]] == [order]
    assert order in line.text("orders", "BTC-PERP") and order in line.text("fills")
    assert line.json("fills", "--account", "bob", "--limit", "1")["fills"][0]["role"] == "taker"
    assert "BTC-PERP" in line.text("positions") and line.json("positions")["positions"]
    assert line.json("cancel", order)["receipt"]["code"] == "CANCELLED"
    assert line.json("cancel", order, code=1)["error"]["code"] == "ORDER_NOT_OPEN"
    assert order in line.text("orders", "--all", "--limit", "3")
    assert line.json("receipt", placed["hash"])["receipt"]["seq"] == placed["seq"]


def test_sheets_from_arguments_and_files(line: Line, tmp_path: Path) -> None:
    table = tmp_path / "quotes.csv"
    table.write_text("side,price,size,post_only\nbuy,2400,1,\nbuy,2399.5,2,false\nsell,2600,1,true\n")
    items = line.json("sheet", "ETH-PERP", "--file", str(table), "--ask", "2601x1")["receipt"]["items"]
    assert [item["code"] for item in items] == ["RESTED"] * 4
    listed = tmp_path / "quotes.json"
    listed.write_text('[{"side": "buy", "price": 2401.1, "size": 0.01}]')
    line.json("sheet", "ETH-PERP", "--file", str(listed), "--keep")
    assert {one["price"] for one in line.json("orders", "ETH-PERP")["orders"]} == {
        "2400",
        "2399.5",
        "2600",
        "2601",
        "2401.1",
    }
    for text in ("side,price\nbuy,1\n", "side,price,size\nlong,1,1\n", '[{"side": "buy"}]', "[1]"):
        table.write_text(text)
        assert line.json("sheet", "ETH-PERP", "--file", str(table), code=1)["error"]["code"] == "SHEET_UNREADABLE"
    assert "OFF_GRID" in line.text("sheet", "ETH-PERP", "--bid", "2400.005x1", code=1)


def test_refusals_and_exit_codes(line: Line, tmp_path: Path, capsys) -> None:
    refused = line.json("order", "BTC-PERP", "buy", "5000", "60000", code=1)["error"]
    equity, required = (Decimal(refused["details"][name]) for name in ("equity", "required"))
    held = Decimal(line.json("account", "show", "--account", "alice")["equity"])
    assert refused["code"] == "MARGIN" and abs(equity - held) < 1000, "after what it would have taken, in collateral"
    assert equity < required < 5000 * 60000
    assert refused["outcome"] == "rejected" and refused["hash"].startswith("0x")
    told = line.text("order", "BTC-PERP", "buy", "5000", "60000", code=1)
    assert "MARGIN" in told and f"  equity: {refused['details']['equity']}\n" in told
    assert line.json("orders", "--account", "nobody", code=1)["error"]["code"] == "NO_SUCH_ACCOUNT_FILE"
    late = line.json("order", "BTC-PERP", "buy", "1", "50000", "--wait", "settled", "--timeout", "0.2", code=5)["error"]
    assert late["code"] == "NOT_YET" and late["details"]["stage"] == "open"
    assert Line(tmp_path / "empty", capsys).json("markets", code=1)["error"]["code"] == "NO_SERVICE"
    for words in (
        ["order", "BTC-PERP", "buy", "much", "1"],
        ["order", "BTC-PERP", "hold", "1", "1"],
        ["sheet", "BTC-PERP", "--bid", "1"],
        ["book", "BTC-PERP", "--depth", "0"],
        ["maker", "--speed", "0"],
    ):
        with pytest.raises(SystemExit) as usage:
            main(words)
        assert usage.value.code == 2


def test_nobody_answers(tmp_path: Path, capsys) -> None:
    folder.written(tmp_path, "http://127.0.0.1:9", CHAIN, {"alice": 1})
    error = Line(tmp_path, capsys).json("order", "BTC-PERP", "buy", "1", "1", "--patience", "0.1", code=3)["error"]
    assert error["code"] == "API_UNREACHABLE" and error["outcome"] == "rejected"


def test_key_files_are_private_and_never_shown_whole(line: Line, tmp_path: Path) -> None:
    made = line.json("account", "new", "carol")
    path = Path(made["path"])
    record = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600 and made["account"] is None
    texts = [json.dumps(made), line.text("account", "list"), json.dumps(line.json("account", "list"))]
    for secret in (record["seed"], record["owner_key"]):
        assert all(secret.removeprefix("0x") not in text for text in texts)
    assert line.json("account", "new", "carol", code=1)["error"]["code"] == "ACCOUNT_FILE_EXISTS"
    assert line.json("account", "new", "../carol", code=1)["error"]["code"] == "BAD_NAME"
    assert line.json("orders", "--account", "carol", code=1)["error"]["code"] == "NO_ACCOUNT_YET"
    path.write_text('{"seed": "0x1234", "version": 1}')
    damaged = line.json("account", "show", "--account", "carol", code=1)["error"]
    assert damaged["code"] == "KEY_UNREADABLE" and "1234" not in json.dumps(damaged)
    shown = line.json("account", "show")
    assert shown["name"] == "alice" and len(shown["counters"]) == 8
    assert "nonces" in line.text("account", "show", "--account", "bob")


def test_the_account_may_come_from_the_environment(line: Line, monkeypatch) -> None:
    monkeypatch.setenv("NOVATE_ACCOUNT", "bob")
    assert line.json("account", "show")["name"] == "bob"


def test_a_withdrawal_waits_for_its_stage(line: Line, shared: house.House) -> None:
    done = line.json("withdraw", "1.5")["receipt"]
    shared.sequencer.seal().result(30)
    shared.report()
    assert line.json("receipt", done["hash"], "--wait", "sealed", "--timeout", "20")["receipt"]["stage"] == "sealed"
    assert "sealed" in line.text("receipt", done["hash"])


def test_a_book_is_watched(line: Line, shared: house.House, nonces: Path) -> None:
    import threading

    def quote() -> None:
        with shared.client(3, nonces) as client:
            for n in range(5):
                client.sheet("BTC-PERP", [(f"{58_000 + n}", "1")], [("62000", "1")])
                time.sleep(0.12)
            client.cancel_all()

    quoting = threading.Thread(target=quote)
    quoting.start()
    code, out, _ = line.run("book", "BTC-PERP", "--watch", "--seconds", "1.5", "--json")
    quoting.join()
    lines = out.splitlines()
    *books, ended = map(json.loads, lines)
    assert code == 0 and len(books) >= 3 and ended["updates"] >= len(books)
    assert any(level[0] == "58004" for book in books for level in book["bids"])
    assert [book["seq"] for book in books] == sorted(book["seq"] for book in books)
    line.json("sheet", "BTC-PERP", "--bid", "59000x1", "--ask", "61000x2.5")
    picture = line.text("book", "BTC-PERP", "--watch", "--seconds", "0.5")
    assert "59000" in picture and "61000" in picture and "spread 2000" in picture and "updates in" in picture
