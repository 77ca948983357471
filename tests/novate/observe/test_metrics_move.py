"""Every metric of the operator's list has the value that deeds imply: traded through the API, proven, settled, halted.

Sequencer, gateway, sockets and watcher are the real ones; prover and contract do as they are told.
"""

import contextlib
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path

import httpx2
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from circuits.prover import Proof, ProverDied
from novate.observe.heads import limits
from novate.observe.measured import Measured
from novate.observe.watch import Watch
from novate.service.house import House as Service
from rollup.engine import Engine
from rollup.layout import IOC
from sequencer.contract import Heads
from sequencer.gateway.app import gateway
from sequencer.gateway.info import Info
from sequencer.gateway.server import serve
from tests.gateway.house import INSTRUMENTS, PLENTY, House
from tests.sequencer.house import CALM, HASHER, Clock, KeyedHash, deployment, flow, price
from tests.sequencer.pipeline import Contract, Script, proof_of

BASE_FEE = 7 * 10**9
LATER = (
    "forced_pending forced_deadline_seconds insurance_balance liquidations_total deleverages_total"
    # No forced requests, no insurance, no liquidation in this release: docs/operate.md says so.
)
ACCOUNTS = 8
ROOT = Path(__file__).resolve().parents[3]


class Dear(Contract):
    """A contract on a chain with a base fee."""

    def heads(self) -> Heads:
        return super().heads()._replace(base_fee=BASE_FEE)

    def _check(self, words: list[int], proof: Proof, place: int, taken: int) -> None:
        """How long a proof took is none of the contract's business."""
        super()._check(words, proof._replace(seconds=proof_of(words).seconds), place, taken)


class Slow:
    """A reader's end of a socket, with what waits for it."""

    waiting = 5


def timed(words: list[int]) -> Proof:
    """A proof that took eight seconds, two of them for its witness."""
    return proof_of(words)._replace(seconds={"witness": 2.0, "solve": 1.0, "prove": 5.0})


class Watched(House):
    """The API's house with a watcher, put together as the service does it."""

    def __init__(self, directory: Path) -> None:
        self.clock = Clock(int(time.time()))
        self.directory = directory
        self.contract = Dear(Engine(*deployment()).root(HASHER), self.clock)
        self.prover = Script(ProverDied("PROVER_DIED", "killed"), timed, timed)
        self.sequencer = Measured(
            directory,
            deployment(),
            HASHER,
            KeyedHash(),
            CALM,
            self.clock,
            prover=self.prover,
            chain=self.contract,
        )
        self.watch = Watch(self.sequencer, limits(300, 20, False))
        self.sequencer.latency = self.watch.metrics.sequence_latency
        self.app = gateway(self.sequencer, INSTRUMENTS, Info(), directory, PLENTY)
        self.api = self.app
        self.watch.sockets = lambda: Service._sockets(self)
        self.sequencer.start()
        self.watch.start()
        self.server = serve(self.app, port=0).start()
        host, port = self.server.address
        self.url, self.ws_url = f"http://{host}:{port}", f"ws://{host}:{port}/v1/socket"
        self.http = httpx2.Client(base_url=self.url, timeout=30)
        self._counters = {}

    def told(self) -> dict[str, float]:
        """All samples of an answer: the name with its labels, as Prometheus writes them, to the value."""
        families = text_string_to_metric_families(self.watch.metrics.text().decode())
        return {
            one.name + (f"{{{','.join(f'{k}={one.labels[k]}' for k in sorted(one.labels))}}}" if one.labels else ""): (
                one.value
            )
            for family in families
            for one in family.samples
        }

    def until(self, name: str, value: float) -> None:
        """Wait for a sample; what it was instead is in the error."""
        deadline = time.monotonic() + 20
        while (found := self.told().get(name)) != value:
            assert time.monotonic() < deadline, (name, found)
            time.sleep(0.05)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    house = Watched(tmp_path / "house")
    yield house
    house.prover.gate.set()
    with contextlib.suppress(Exception):
        house.stop()
    house.watch.stop()
    structlog.reset_defaults()


def same(told: dict[str, float], wanted: dict[str, float]) -> None:
    """All that is wanted, at once, so that a failure shows every difference."""
    assert {name: told.get(name) for name in wanted} == wanted


def test_every_metric_moves(watched: Watched) -> None:
    house = watched
    begin(house)
    trade(house)
    follow(house)
    prove(house)
    differ(house)
    assert not {name for name in LATER.split() if any(one.startswith(name) for one in house.told())}
    said = (ROOT / "docs" / "operate.md").read_text()
    assert all(f"`{name}`" in said for name in LATER.split())


def begin(house: Watched) -> None:
    """No price yet, then prices, then deposits out of the chain's queue."""
    house.until("l1_base_fee", BASE_FEE)
    before = house.told()
    same(before, {f"oracle_age_seconds{{feed={name}}}": inf for name in names(house)})
    same(before, {"sequence_latency_seconds_count": 0, "fills_total": 0, "ws_clients": 0, "mode": 0})
    price(house.sequencer, house.clock.now)
    house.contract.enqueue(*flow(house.sequencer, ACCOUNTS).deposits())
    house.until("actions_total{outcome=accepted,type=deposit}", ACCOUNTS)
    ages = [house.told()[f"oracle_age_seconds{{feed={name}}}"] for name in names(house)]
    assert all(0 <= age < 60 for age in ages)


def names(house: Watched) -> list[str]:
    """Of the genesis' markets."""
    return [market.name for market in house.sequencer.engine.genesis.markets]


def trade(house: Watched) -> None:
    """Place, take, cancel, be refused, send again: seven requests, five of which the journal holds."""
    began = time.monotonic()
    asked = house.place(1, side=1, ticks=10, size=3)
    assert house.receipt(asked)["code"] == "RESTED"
    assert house.receipt(house.place(2, side=0, ticks=10, size=2, tif=IOC))["code"] == "FILLED"
    bid = house.receipt(house.place(1, side=0, ticks=-10, size=1))
    assert house.receipt(house.cancel(bid))["code"] == "CANCELLED"
    assert house.receipt(house.place(2, side=0, ticks=10, size=1, post_only=1))["code"] == "POST_ONLY_CROSSES"
    assert house.receipt(asked)["duplicate"]
    assert house.refused(house.place(2, side=0, ticks=10, counter=1), 409)["code"] == "NONCE_USED"
    took = time.monotonic() - began
    house.until("actions_total{outcome=rejected,type=place}", 1)
    told = house.told()
    same(
        told,
        {
            "actions_total{outcome=accepted,type=place}": 3,
            "actions_total{outcome=accepted,type=cancel}": 1,
            "fills_total": 1,
            "sequence_latency_seconds_count": 7,
            f"book_levels{{market={names(house)[0]}}}": 1,
            f"book_levels{{market={names(house)[1]}}}": 0,
            "waiting_actions": 0,
            "batch_head{stage=sequenced}": 1,
            "batch_head{stage=sealed}": 0,
        },
    )
    assert 0 < told["sequence_latency_seconds_sum"] < took


def follow(house: Watched) -> None:
    """Two sockets, and a reader for whom five messages wait."""
    with connect(house.ws_url) as one, connect(house.ws_url) as other:
        for socket in (one, other):
            socket.send('{"op": "subscribe", "channels": ["book.BTC-PERP"], "id": 1}')
            socket.recv(timeout=10)
        house.until("ws_clients", 2)
        assert house.told()["ws_lag_messages"] == 0
    slow = Slow()
    feeds = house.app.gateway.feeds
    feeds._sessions.add(slow)
    assert house.told()["ws_lag_messages"] == 5
    feeds._sessions.discard(slow)
    house.until("ws_clients", 0)


def prove(house: Watched) -> None:
    """Two batches: the first waits for its proof while the prover is held, dies once; both are settled in the end."""
    house.prover.gate.clear()
    assert house.sequencer.seal().result(10) == 1
    house.until("batch_stage_seconds_count{stage=committed}", 1)
    house.until("prover_busy_ratio", pytest.approx(0.5, abs=0.49999))
    waiting = house.told()
    same(
        waiting,
        {
            "batch_head{stage=sealed}": 1,
            "batch_head{stage=committed}": 1,
            "batch_head{stage=proven}": 0,
            "batch_age_seconds{stage=committed}": 0,
            "proof_jobs{kind=batch,state=leased}": 1,
            "batch_actions_count": 1,
            "batch_actions_sum": ACCOUNTS + 5,
            "match_latency_seconds_count": 1,
            "verify_gas{call=commit}": 100_000,
        },
    )
    assert waiting["oldest_unproven_seconds"] > 0
    assert waiting["batch_age_seconds{stage=proven}"] >= waiting["oldest_unproven_seconds"]
    assert waiting["batch_age_seconds{stage=settled}"] > 0
    assert waiting["batch_bytes_sum"] % 32 == 0 and waiting["batch_bytes_sum"] > 32 * ACCOUNTS
    assert waiting["match_latency_seconds_sum"] > 0
    house.prover.gate.set()
    house.until("batch_head{stage=settled}", 1)
    house.receipt(house.place(1, side=0, ticks=-10, size=1))
    house.sequencer.seal().result(10)
    house.until("batch_stage_seconds_count{stage=settled}", 2)
    settled = house.told()
    same(
        settled,
        {
            "batch_head{stage=settled}": 2,
            "oldest_unproven_seconds": 0,
            "batch_age_seconds{stage=settled}": 0,
            "batch_actions_sum": ACCOUNTS + 6,
            "batch_stage_seconds_count{stage=proven}": 2,
            "proof_attempts_total{result=failed}": 1,
            "proof_attempts_total{result=proven}": 2,
            "witness_seconds_sum": 4,
            "prove_seconds_sum": 16,
            "verify_gas{call=settle}": 100_000,
            "state_root_mismatch_total": 0,
        },
    )
    assert "proof_jobs{kind=batch,state=leased}" not in settled
    for series in ("data_posted", "proofs", "state_updates"):
        kinds = [settled[f"liveness_interval_seconds{{of={kind},series={series}}}"] for kind in ("average", "open")]
        assert kinds[0] > 0 and kinds[1] > 0
        assert settled[f"liveness_anomalies{{series={series}}}"] == 0


def differ(house: Watched) -> None:
    """The contract holds another root: that is counted, and everything halts."""
    house.contract.roots[-1] += 1
    house.until("state_root_mismatch_total", 1)
    same(house.told(), {"mode": 2, "faults_total{mode=halted,reason=CHAIN_DIFFERS}": 1})
