"""The page shows what the API says, keeps up with it, and asks nobody else.

Interfaces.md section 5: values on screen equal API values; stale data turns grey with its age; empty states say how to
make data; keyboard-usable.
"""

import re

import pytest

from rollup.layout import CLOCK_WORD, COUNTS_WORD, DEPOSIT_WORD, WITHDRAWAL_WORD, PublicWord
from sequencer.gateway.static import FOLDER
from tests.extras import needs
from tests.page.browser import Visit, chromium, visit
from tests.page.house import PageHouse, seeded

needs("browser", chromium() is not None)

from playwright.sync_api import expect  # noqa: E402

PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = seeded(tmp_path_factory.mktemp("page") / "house")
    yield house
    house.prover.gate.set()
    house.stop()


@pytest.fixture(scope="module")
def browsing(house):
    with visit() as one:
        yield one


@pytest.fixture
def seen(browsing, house):
    """The page, at a screen; afterwards, no request has left the host and nothing was complained of."""
    browsing.console.clear()
    yield browsing
    assert browsing.hosts() == {f"127.0.0.1:{house.port}"}
    assert browsing.console == []


def go(seen, house, path=""):
    seen.page.goto("about:blank")
    seen.page.goto(f"{house.url}/{path}")
    seen.page.set_default_timeout(PATIENCE)
    return seen.page


def padded(number: str, step: str) -> str:
    """The number with as many decimals as the step has."""
    places = len(step.partition(".")[2])
    whole, _, part = number.partition(".")
    return f"{whole}.{part.ljust(places, '0')}" if places else number


def shown(page, side: str) -> list[tuple[str, str, str]]:
    """Price, size and orders of the ladder's levels, best first."""
    rows = page.locator(f".ladder .line.{side}:not([data-empty])").evaluate_all(
        "rows => rows.map(row => ['price', 'size', 'count'].map(name => row.querySelector('.' + name).textContent))"
    )
    return [tuple(row) for row in (rows[::-1] if side == "ask" else rows)]


def told(house, side: str) -> list[tuple[str, str, str]]:
    """The same from the API."""
    market = house.get("/v1/markets")["markets"][0]
    levels = house.get("/v1/markets/BTC-PERP/book")[f"{side}s"]
    return [
        (padded(one["price"], market["tick"]), padded(one["size"], market["lot"]), str(one["orders"])) for one in levels
    ]


def test_the_book_is_the_api_s_and_follows_it(seen, house):
    page = go(seen, house)
    expect(page.locator(".ladder .line.bid:not([data-empty])").first).to_be_visible()
    for side in ("bid", "ask"):
        page.wait_for_function("document.querySelectorAll('.ladder .line.ask:not([data-empty])').length > 0")
        assert shown(page, side) == told(house, side)[: len(shown(page, side))]
        assert shown(page, side)
    best = house.get("/v1/markets/BTC-PERP/book")
    ticks = int(best["asks"][0]["price"]) - int(best["bids"][0]["price"])
    expect(page.locator(".spread")).to_contain_text(f"spread {ticks} ticks")
    wide = "one => one.scrollWidth > one.clientWidth"
    overflows = f"[document.documentElement, ...document.querySelectorAll('.headline, .line')].filter({wide})"
    assert page.evaluate(f"{overflows}.length") == 0, "wider than 1280 pixels"

    receipt = house.receipt(house.place(1, ticks=-3, counter=held(house, 1), size=5))
    level = page.locator(".ladder .line.bid", has_text=receipt["order"]["price"])
    expect(level.locator(".size")).to_have_text(re.compile(r"^0\.\d{3}$"))
    assert shown(page, "bid") == told(house, "bid")[: len(shown(page, "bid"))]
    house.receipt(house.cancel_all(1, lane=0, counter=held(house, 1)))
    expect(page.locator(".ladder .line.bid:not([data-empty])", has_text=receipt["order"]["price"])).to_have_count(0)
    assert shown(page, "bid") == told(house, "bid")[: len(shown(page, "bid"))]


def held(house: PageHouse, account: int) -> int:
    """The account's next nonce of lane 0."""
    return house.sequencer.engine.account(account).counters[0] + 1


def test_sums_and_bars_follow_from_the_sizes(seen, house):
    page = go(seen, house)
    expect(page.locator(".ladder .line.ask:not([data-empty])").first).to_be_visible()
    sums = page.locator(".ladder .line.bid:not([data-empty]) .sum").all_text_contents()
    sizes = [size for _, size, _ in shown(page, "bid")]
    thousandths = [int(size.replace(".", "")) for size in sizes]
    assert [int(text.replace(".", "")) for text in sums] == [sum(thousandths[: n + 1]) for n in range(len(sums))]
    assert all(len(text.partition(".")[2]) == 3 for text in (*sums, *sizes))
    assert page.locator(".depth .area.bid").get_attribute("d").startswith("M")


def test_a_new_trade_appears_in_tape_candles_and_ticker(seen, house):
    page = go(seen, house)
    tape = page.locator(".tape .line[data-side]:visible")
    expect(tape.first).to_be_visible()
    trades = house.get("/v1/markets/BTC-PERP/trades", limit=10)["trades"]
    assert tape.first.get_attribute("data-id") == str(trades[0]["id"])
    for place, trade in enumerate(trades):
        expect(tape.nth(place).locator(".price")).to_have_text(padded(trade["price"], "1"))
        expect(tape.nth(place).locator(".size")).to_have_text(padded(trade["size"], "0.001"))
        assert tape.nth(place).get_attribute("data-side") == trade["side"]

    ask = house.get("/v1/markets/BTC-PERP/book")["asks"][0]
    counter = held(house, 2)
    (fill, *_) = house.receipt(house.place(2, ticks=50, size=1, tif=1, counter=counter))["fills"]
    newest = house.get("/v1/markets/BTC-PERP/trades", limit=1)["trades"][0]
    assert newest["price"] == ask["price"] == fill["price"]
    expect(tape.first).to_have_attribute("data-id", str(newest["id"]))
    expect(tape.first.locator(".shape")).to_have_text("▲")
    expect(page.locator('.headline [data-field="last"]')).to_have_text(newest["price"])
    expect(page.locator(".candles .stick").first).to_be_visible()
    ticker = house.get("/v1/tickers/BTC-PERP")
    for field in ("high_24h", "low_24h", "trades_24h"):
        expect(page.locator(f'.headline [data-field="{field}"]')).to_have_text(str(ticker[field]))
    expect(page.locator('.headline [data-field="volume_24h"]')).to_have_text(padded(ticker["volume_24h"], "0.001"))


def test_marks_carry_their_age_and_markets_change_by_key(seen, house):
    page = go(seen, house)
    mark = house.get("/v1/prices")["marks"][0]
    expect(page.locator('.headline [data-field="mark"]')).to_have_text(mark["mark"])
    expect(page.locator('.headline [data-field="age"]')).to_have_text(re.compile(r"^\d+ s old$|min"))
    page.keyboard.press("]")
    expect(page.locator(".headline .symbol")).to_have_text("ETH-PERP")
    expect(page.locator('.headline [data-field="mark"]')).to_have_text(
        padded(house.get("/v1/prices")["marks"][1]["mark"], "0.1")
    )


def test_batches_show_their_stages_and_one_of_them_opens(seen, house):
    page = go(seen, house, "#/batches")
    lines = house.get("/v1/batches")["batches"]
    rows = page.locator("tr[data-batch]")
    expect(rows).to_have_count(len(lines))
    for line in lines:
        cells = page.locator(f'tr[data-batch="{line["batch"]}"]').locator("td")
        lit = cells.nth(1).locator('[data-on="yes"]').evaluate_all("lamps => lamps.map(lamp => lamp.dataset.stage)")
        assert lit == [stage for stage in ("sealed", "committed", "proven", "settled") if line[stage] is not None]
        expect(cells.nth(3)).to_have_text(str(line["actions"]))
        expect(cells.nth(4)).to_have_text(str(line["fills"]))

    page.locator('tr[data-batch="1"] a').click()
    batch = house.get("/v1/batches/1")
    detail = page.locator(".detail")
    expect(detail.locator(".command")).to_have_text(batch["verify"])
    expect(detail.locator(".label")).to_contain_text("development keys")
    for root in (
        batch["line"]["root_before"],
        batch["line"]["root_after"],
        batch["circuit"],
        batch["line"]["settle_tx"],
    ):
        expect(detail.locator(f'.facts [data-copy="{root}"]').first).to_be_visible()
    expect(detail.locator('.timeline li[data-on="yes"]')).to_have_count(4)
    for deposit in batch["deposits"]:
        expect(detail.locator("td", has_text=deposit["amount"]).first).to_be_visible()
    detail.locator("summary", has_text="public words").click()
    expect(detail.locator(".words tbody tr")).to_have_count(len(batch["sent_words"]))
    expect(detail.locator(".words .meaning").nth(10)).to_contain_text(f"deposits {len(batch['deposits'])}")
    detail.get_by_role("button", name="copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == batch["verify"]
    page.locator('tr[data-batch="1"] a').focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("tr[data-chosen]")).to_have_attribute("data-batch", "2")


def test_a_proof_that_comes_lights_the_lamps(seen, house):
    page = go(seen, house, "#/batches")
    waiting = page.locator('tr[data-batch="4"] .lamp[data-stage="settled"]')
    expect(waiting).to_have_attribute("data-on", "no")
    page.keyboard.press("3")
    expect(page.locator(".job")).to_contain_text("prove")
    house.prover.gate.set()
    expect(page.locator(".status")).to_contain_text("every sealed batch is proven")
    page.keyboard.press("2")
    expect(waiting).to_have_attribute("data-on", "yes")


def test_a_receipt_is_found_by_its_hash(seen, house):
    receipt = house.receipt(house.place(3, ticks=-30, counter=held(house, 3)))
    page = go(seen, house, "#/market")
    expect(page.locator(".ladder")).to_be_visible()
    page.keyboard.press("/")
    field = page.locator("#hash")
    expect(field).to_be_focused()
    field.fill(receipt["hash"])
    field.press("Enter")
    expect(page.locator(".answer")).to_contain_text(receipt["code"])
    expect(page.locator('.finality [data-on="yes"]')).to_have_count(2)
    house.prover.gate.set()
    house.seal()
    expect(page.locator('.finality [data-stage="settled"]')).to_have_attribute("data-on", "yes")


def test_a_wrong_hash_is_refused_in_words(browsing, house):
    page = go(browsing, house, "#/status/0x12")
    expect(page.locator(".answer")).to_contain_text("BAD_PARAMETER")


def test_the_page_comes_back_after_a_restart(browsing, house):
    page = go(browsing, house)
    expect(page.locator("#link")).to_have_text("live")
    house.stop()
    expect(page.locator("body")).to_have_attribute("data-live", "no")
    expect(page.locator("#link")).to_contain_text("reconnecting")
    house.start()
    expect(page.locator("#link")).to_have_text("live")
    receipt = house.receipt(house.place(4, ticks=-2, counter=held(house, 4), size=3))
    expect(page.locator(".ladder .line.bid:not([data-empty])", has_text=receipt["order"]["price"])).to_have_count(1)
    assert browsing.hosts() == {f"127.0.0.1:{house.port}"}


def test_empty_states_say_how_to_make_data(browsing, tmp_path):
    house = PageHouse(tmp_path / "empty")
    one = Visit(browsing.page.context.new_page())
    try:
        page = go(one, house)
        expect(page.locator(".ladder .empty")).to_contain_text("novate maker")
        expect(page.locator(".tape .empty")).to_be_visible()
        page.keyboard.press("2")
        expect(page.locator(".list .empty")).to_contain_text("novate batch seal")
        assert one.console == []
        assert one.hosts() == {f"127.0.0.1:{house.port}"}
    finally:
        one.page.close()
        house.stop()


def test_words_are_decoded_by_the_layout():
    text = (FOLDER / "js" / "words.js").read_text()
    for name, word in {
        "clock": CLOCK_WORD,
        "counts": COUNTS_WORD,
        "deposit": DEPOSIT_WORD,
        "withdrawal": WITHDRAWAL_WORD,
    }.items():
        fields = re.search(rf"^  {name}: \[(.*)\],$", text, re.MULTILINE)[1]
        assert [(key, int(bits)) for key, bits in re.findall(r'\["(\w+)", (\d+)\]', fields)] == [
            (field.name, field.bits) for field in word
        ]
    first = re.search(r"FIRST = \[(.*)\];", text)[1]
    assert len(re.findall(r'"[^"]+"', first)) == PublicWord.DEPOSITS


def test_nothing_in_the_page_comes_from_elsewhere():
    for path in FOLDER.rglob("*"):
        if path.suffix in {".html", ".js", ".css"}:
            text = path.read_text()
            text = text.replace("http://www.w3.org/", "")  # names of the SVG kind of element, never fetched
            assert not re.search(r"(https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text), path.name
            assert "innerHTML" not in text and "style=" not in text, path.name
