"""Set-up, proofs, and proven actions a second: the sequencer at work on the mixed flow, without a chain."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import mean, median

from circuits.native import Native
from circuits.prover import Progress, Proof, Prover, setup
from novate.bench.accounts import BENCHES, SPARSE, spread
from novate.bench.figures import Measured
from novate.bench.flow import Flow, bench_genesis
from novate.bench.paper import PaperChain
from novate.bench.signing import Desk
from novate.replay.outcome import asked
from rollup.actions import Action
from rollup.batch import Domain
from sequencer.archive import Archive, BatchRecord
from sequencer.policy import Policy
from sequencer.recovery import Deployment
from sequencer.sequencer import Sequencer

STEADY = 3
"""Batches that are timed: from the proof before the first of them to the proof of the last."""
AHEAD = 2
"""Sealed batches that may wait for their proof before the flow pauses."""
AT_ONCE = 16
"""Actions that are submitted before their receipts are waited for."""
NEVER = 10**9
POLICY = Policy(age=NEVER, round_interval=NEVER)
"""Batches end when they are full."""
GIB = 2**30
TIMEOUT = 3600
NOT_WORK = ("load system", "compile", "load keys")
"""Phases of a set-up that make no key."""


def set_up(size_class: str, folder: Path, tell: Callable[[Progress], None]) -> tuple[Measured, dict]:
    """New keys of a class, whether or not there are some: seconds from the compiled circuit to written keys."""
    phases: dict[str, float] = {}

    def hear(progress: Progress) -> None:
        phases[progress.phase] = progress.seconds
        tell(progress)

    folder.mkdir(parents=True, exist_ok=True)
    key = setup(size_class, folder.absolute(), hear, again=True)
    seconds = sum(took for phase, took in phases.items() if phase not in NOT_WORK)
    figures = {"setup_seconds_per_million": round(seconds / key.constraints * 1e6, 2)}
    return figures, {"class": size_class, "constraints": key.constraints, "phases": phases}


def batched(actions: list, size: int) -> Iterator[list]:
    """So many at a time."""
    return (actions[at : at + size] for at in range(0, len(actions), size))


class Pipeline:
    """A sequencer that proves, fed by the mixed flow as fast as proofs come."""

    def __init__(self, sequencer: Sequencer, flow: Flow, desk: Desk, say: Callable[[str], None]) -> None:
        self._sequencer = sequencer
        self._flow = flow
        self._desk = desk
        self._say = say
        self._round = 0
        self.proven_at: dict[int, float] = {}

    def report(self) -> None:
        """Fresh prices, if the second has none yet."""
        now = int(time.time())
        if now > self._round:
            self._round = now
            for report in self._flow.reports(now, self._desk.key, self._desk.sign):
                self._sequencer.report(report)

    def look(self) -> None:
        """Note when batches are proven; raises ``SequencerError`` (HALTED)."""
        status = self._sequencer.status()
        for number in range(len(self.proven_at) + 1, status.proven + 1):
            self.proven_at[number] = time.monotonic()
            self._say(f"batch {number} proven")
        self._sequencer.halt.check()

    def feed(self, actions: Sequence[Action]) -> None:
        """Some actions at once, when there is room for them: traders do not wait for one another."""
        while self._sequencer.status().sealed - self._sequencer.status().proven >= AHEAD:
            self.look()
            self.report()
            time.sleep(0.02)
        self.look()
        for acknowledged in [self._sequencer.submit(action) for action in actions]:
            self._flow.note(acknowledged.result(60).receipt)

    def until_proven(self, number: int) -> None:
        """Feed the flow until a batch is proven."""
        while len(self.proven_at) < number:
            self.feed([*self._flow.actions(AT_ONCE)])


def proven(size_class: str, folder: Path, say: Callable[[str], None]) -> tuple[Measured, dict]:
    """Figures of proofs and of the steady state. The folder must hold the class's keys."""
    bench = BENCHES[size_class]
    with ExitStack() as stack:
        native, signing = stack.enter_context(Native()), stack.enter_context(Native())
        prover = stack.enter_context(Prover(size_class, folder.absolute()))
        prover.start()
        desk = Desk(signing)
        domain = Domain(31337, 1)
        desk.domain = domain.digest(native)
        deployment = Deployment(bench_genesis(size_class, desk.key, bench.markets), domain, size_class)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        accounts = spread(bench.accounts, SPARSE)
        deposits = [*Flow(None, accounts, desk.key, desk.sign).deposits()]
        sequencer = Sequencer(
            directory, deployment, native, native, POLICY, prover=prover, chain=PaperChain(deposits)
        ).start()
        stack.callback(sequencer.stop, seal=False)
        flow = Flow(sequencer.engine, accounts, desk.key, desk.sign)
        pipeline = Pipeline(sequencer, flow, desk, say)
        first = warm_up(pipeline, sequencer, flow, accounts, bench.resting)
        pipeline.until_proven(first + STEADY)
        with closing(Archive(directory)) as archive:
            numbers = range(first + 1, first + STEADY + 1)
            batches = [archive.batch(number) for number in numbers]
            proofs = [archive.proof(number) for number in numbers]
            actions = sum(asked(archive, number) for number in numbers)
        seconds = pipeline.proven_at[first + STEADY] - pipeline.proven_at[first]
    return told(batches, proofs, actions, seconds)


def warm_up(pipeline: Pipeline, sequencer: Sequencer, flow: Flow, accounts: list[int], resting: int) -> int:
    """Accounts, orders to fill the books, one full batch; the number of the first batch that is no longer timed."""
    pipeline.report()
    deadline = time.monotonic() + TIMEOUT
    while any(sequencer.engine.key(account) is None for account in accounts):
        pipeline.look()
        if time.monotonic() > deadline:
            raise TimeoutError("deposits did not arrive")
        time.sleep(0.02)
    for orders in batched([*flow.resting(resting)], AT_ONCE):
        pipeline.feed(orders)
    first = sequencer.status().sealed + 1
    pipeline.until_proven(first)
    return first


def told(batches: list[BatchRecord], proofs: list[Proof], actions: int, seconds: float) -> tuple[Measured, dict]:
    """The figures of timed batches, with so many signed actions in them."""
    figures = {
        "prove_seconds": round(median(proof.seconds["prove"] for proof in proofs), 2),
        "peak_rss_gib": round(max(proof.peak_rss_bytes for proof in proofs) / GIB, 2),
        "proven_actions_per_second": round(actions / seconds, 1),
    }
    details = {
        "class": batches[0].size_class,
        "batches": len(batches),
        "seconds": round(seconds, 2),
        "actions_a_batch": actions / len(batches),
        "fills_a_batch": sum(batch.fills for batch in batches) / len(batches),
        "witness_seconds": round(mean(proof.seconds["witness"] for proof in proofs), 2),
        "execute_seconds": round(mean(batch.execute_seconds for batch in batches), 2),
        "seal_seconds": round(mean(batch.seal_seconds for batch in batches), 2),
        "full": sorted({batch.reason for batch in batches}),
    }
    return figures, details
