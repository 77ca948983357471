"""How fast actions are sequenced: engine and journal on one core, signatures already checked."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from circuits.native import Native
from novate.bench.accounts import BENCHES, SPARSE, spread
from novate.bench.figures import Measured
from novate.bench.filled import CLOCK, key, unsigned
from novate.bench.flow import Flow, bench_genesis
from rollup.batch import Domain
from sequencer.bench import Bench
from sequencer.recovery import Deployment

ACTIONS = 20_000


def engine(say: Callable[[str], None]) -> tuple[Measured, dict]:
    """The figure, and what it was made from."""
    bench = BENCHES["M"]
    with Native() as native, tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(bench_genesis("M", key, bench.markets), Domain(31337, 1), "M")
        room = Bench(Path(folder), deployment, native, CLOCK)
        flow = Flow(room.engine, spread(bench.accounts, SPARSE), key, unsigned)
        room.prepare(flow.reports(CLOCK, key, unsigned), flow.deposits())
        room.run(flow.resting(bench.resting), flow.note)
        say(f"{ACTIONS:,} actions of the mixed flow through engine and journal")
        speed = room.run(flow.actions(ACTIONS), flow.note)
        room.close()
    figures = {"engine_actions_per_second": round(speed.actions_per_second, 1)}
    return figures, {"actions": speed.actions, "batches": speed.batches, "seal_seconds": round(speed.seal_seconds, 2)}
