"""A watcher beside a real sequencer: events become counters and lines, and what it looks up is what is there."""

import json
import time
from pathlib import Path

import pytest
import structlog

from novate.observe import logs
from novate.observe.heads import limits
from novate.observe.watch import Watch
from tests.sequencer.house import START, Clock, flow, fund, price, sequencer


@pytest.fixture(autouse=True)
def quiet():
    """Logs of other tests are theirs."""
    yield
    structlog.reset_defaults()


def test_what_happens_is_counted_and_told(tmp_path: Path) -> None:
    line = logs.set_up("sequencer", tmp_path / "log")
    (tmp_path / "house").mkdir()
    clock = Clock(START)
    house = sequencer(tmp_path / "house", clock)
    watch = Watch(house, limits(300, 20, False), line).start()
    price(house, clock.now)
    fund(house, flow(house, 2))
    house.seal().result(30)
    deadline = time.monotonic() + 10
    while "batch.sealed" not in (tmp_path / "log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    text = watch.metrics.text().decode()
    assert 'actions_total{outcome="accepted",type="deposit"} 2.0' in text
    assert 'batch_head{stage="sealed"} 1.0' in text
    assert "batch_actions_count 1.0" in text
    watch.stop()
    house.stop()
    told = [json.loads(one) for one in (tmp_path / "log").read_text().splitlines()]
    sealed = next(one for one in told if one["event"] == "batch.sealed")
    assert (sealed["batch"], sealed["actions"], sealed["process"]) == (1, 2, "sequencer")
