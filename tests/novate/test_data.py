"""The recorded trading that ships: small, whole, and as recorded where it matters."""

import gzip
import hashlib
import subprocess
import sys

import pytest

from novate.data import FOLDER, LEVELS, SECONDS, SOURCES, demo_captures
from novate.feed.book import RecordedBook
from novate.feed.capture import events, survey
from novate.feed.events import Snapshot, Trade
from novate.feed.market import markets_of
from novate.feed.timeline import SECOND, seconds
from tests.novate.feed.captures import RECORDED, needs_recorded


def test_the_cut_is_small_and_named() -> None:
    assert sum(path.stat().st_size for path in demo_captures()) <= 1_500_000
    source = (FOLDER / "SOURCE.md").read_text()
    assert all(name in source for name in SOURCES)
    assert "MIT License" in (FOLDER / "LICENSE.hftbacktest").read_text()


@pytest.mark.parametrize("name", SOURCES)
def test_the_cut_is_what_its_digest_says(name: str) -> None:
    assert hashlib.sha256(gzip.decompress((FOLDER / name).read_bytes())).hexdigest() == SOURCES[name].content


def test_the_cut_replays_without_a_gap() -> None:
    markets = markets_of([survey(path) for path in demo_captures()])
    assert [market.name for market in markets] == ["BTC-PERP", "ETH-PERP"]
    found = list(seconds(markets, LEVELS))
    assert SECONDS - 2 <= len(found) <= SECONDS
    assert all(len(side) == LEVELS for second in found for view in second.views for side in (view.bids, view.asks))
    assert all(view.bids[0][0] < view.asks[0][0] for second in found for view in second.views)
    assert sum(len(second.takers) for second in found[:60]) > 200


@needs_recorded
@pytest.mark.parametrize("name", SOURCES)
def test_the_best_levels_are_as_recorded_at_every_moment(name: str) -> None:
    full, kept = RecordedBook("full"), RecordedBook("cut")
    remaining = events(FOLDER / name)
    end = survey(FOLDER / name).last_time
    compared = 0
    for event in events(RECORDED / SOURCES[name].file):
        if event.time > end:
            break
        counterpart = next(remaining)
        assert (type(counterpart), counterpart.time) == (type(event), event.time)
        if isinstance(event, Trade):
            assert counterpart == event
            continue
        full.apply(event)
        kept.apply(counterpart)
        if full.whole:
            assert full.view(0, LEVELS) == kept.view(0, LEVELS)
            compared += 1
        assert not isinstance(event, Snapshot) or full.whole
    assert compared > 1000
    assert next(remaining, None) is None


@needs_recorded
def test_the_script_makes_the_same_cut_again(tmp_path) -> None:
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'scripts')\n"
        "import cut_feed; cut_feed.FOLDER = Path(sys.argv[2]); cut_feed.main(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", program, str(RECORDED), str(tmp_path)], cwd=FOLDER.parents[1], check=True)
    for name, source in SOURCES.items():
        assert hashlib.sha256(gzip.decompress((tmp_path / name).read_bytes())).hexdigest() == source.content


@needs_recorded
@pytest.mark.parametrize(
    ("files", "names", "least"),
    [
        (("spot_btcusdt_20240808.gz", "spot_btcusdt_20240809.gz"), ["BTC-SPOT"], 640),
        (("cm_btcusd_perp_20240809.gz",), ["BTC-COIN-PERP"], 300),
        (("hyperliquid_btcusd_20250126.gz",), ["BTC-PERP"], 20),
    ],
)
def test_other_recordings_replay_too(files: tuple[str, ...], names: list[str], least: int) -> None:
    """Spot over two files, coin-margined without a snapshot, and snapshots alone."""
    markets = markets_of([survey(RECORDED / file) for file in files])
    assert [market.name for market in markets] == names
    found = list(seconds(markets, 5))
    assert len(found) >= least
    settled = found[5:]
    assert all(view.bids and view.asks and view.bids[0][0] < view.asks[0][0] for s in settled for view in s.views)


def test_a_recorded_second_is_sane() -> None:
    """Mid prices lie where the trades of the same second were."""
    markets = markets_of([survey(path) for path in demo_captures()])
    for second in seconds(markets, 1):
        for taker in second.takers:
            market, view = markets[taker.market], second.views[taker.market]
            average = taker.cost / taker.size
            assert abs(average / market.price(view.bids[0][0]) - 1) < 0.001
        assert second.views[0].time == second.number * SECOND
