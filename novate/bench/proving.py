"""Set-up, proofs, and proven actions a second: the sequencer at work on the mixed flow, without a chain."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

from circuits.native import Native
from circuits.prover import Progress, Proof, Prover, setup
from novate.bench.accounts import BENCHES, MAKERS_BENCH, SPARSE, Bench, spread
from novate.bench.figures import Measured
from novate.bench.filled import full_batches
from novate.bench.flow import Flow, bench_genesis
from novate.bench.makers import MakersMarket
from novate.bench.paper import PaperChain
from novate.bench.signing import Desk
from novate.replay.outcome import asked
from rollup.actions import Action
from rollup.batch import Domain
from rollup.engine import Engine
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


class Steady(NamedTuple):
    """Full batches proven one after the other, and the seconds from the proof before them to the proof of the last.

    ``asked`` counts signed actions of them.
    """

    batches: list[BatchRecord]
    proofs: list[Proof]
    asked: int
    seconds: float


def proven(size_class: str, folder: Path, say: Callable[[str], None]) -> tuple[Measured, dict]:
    """Figures of proofs and of the steady state, mixed flow. The folder must hold the class's keys."""
    return told(steady(size_class, folder, Flow, BENCHES[size_class], say))


def quotes(folder: Path, say: Callable[[str], None], size_class: str = "Q") -> tuple[Measured, dict]:
    """Quotes proven in a second of a maker's market. The folder must hold the class's keys."""
    bench = MAKERS_BENCH if size_class == "Q" else BENCHES[size_class]
    found = steady(size_class, folder, MakersMarket, bench, say)
    count = sum(batch.used["quotes"] for batch in found.batches)
    figures, details = told(found)
    about = {
        **details,
        "prove_seconds": figures["prove_seconds"],
        "peak_rss_gib": figures["peak_rss_gib"],
        "quotes_a_batch": count / len(found.batches),
        "sheets_a_batch": sum(batch.used["sheets"] for batch in found.batches) / len(found.batches),
        "constraints": found.proofs[0].constraints,
    }
    return {"proven_quotes_per_second": round(count / found.seconds, 1)}, about


def alone(folder: Path, say: Callable[[str], None], size_class: str = "L") -> tuple[Measured, dict]:
    """One full batch of the mixed flow, proven by itself: for a class that is too slow to be proven time and again."""
    bench = BENCHES[size_class]
    with Native() as native, Native() as signing, Prover(size_class, folder.absolute()) as prover:
        say(f"a full batch of class {size_class}")
        desk, domain = Desk(signing), Domain(31337, 1)
        desk.domain = domain.digest(native)
        engine = Engine(bench_genesis(size_class, desk.key, bench.markets), domain, size_class)
        flow = Flow(engine, spread(bench.accounts, SPARSE), desk.key, desk.sign)
        (batch,) = full_batches(engine, native, flow, bench.resting, 1, desk.key, desk.sign)
        say(f"its proof: {batch.used['signatures']:,} signed actions, {batch.used['fills']:,} fills")
        proof = prover.prove(batch.trace)
    seconds = proof.seconds["solve"] + proof.seconds["prove"]
    figures = {
        "class_l_prove_seconds": round(seconds, 2),
        "class_l_rss_gib": round(proof.peak_rss_bytes / GIB, 2),
    }
    details = {
        "class": size_class,
        "constraints": proof.constraints,
        "constraints_per_second": round(proof.constraints / seconds),
        "actions": batch.used["signatures"],
        "fills": batch.used["fills"],
        "seconds": {step: round(took, 2) for step, took in proof.seconds.items()},
    }
    return figures, details


def steady(size_class: str, folder: Path, make_flow: type[Flow], bench: Bench, say: Callable[[str], None]) -> Steady:
    """A sequencer with its prover, fed until enough full batches are proven."""
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
        deposits = [*make_flow(None, accounts, desk.key, desk.sign).deposits()]
        sequencer = Sequencer(
            directory, deployment, native, native, POLICY, prover=prover, chain=PaperChain(deposits)
        ).start()
        stack.callback(sequencer.stop, seal=False)
        flow = make_flow(sequencer.engine, accounts, desk.key, desk.sign)
        pipeline = Pipeline(sequencer, flow, desk, say)
        first = warm_up(pipeline, sequencer, flow, accounts, bench.resting)
        pipeline.until_proven(first + STEADY)
        with closing(Archive(directory)) as archive:
            numbers = range(first + 1, first + STEADY + 1)
            batches = [archive.batch(number) for number in numbers]
            proofs = [archive.proof(number) for number in numbers]
            actions = sum(asked(archive, number) for number in numbers)
        seconds = pipeline.proven_at[first + STEADY] - pipeline.proven_at[first]
    return Steady(batches, proofs, actions, seconds)


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


def told(found: Steady) -> tuple[Measured, dict]:
    """The figures of timed batches."""
    batches, proofs = found.batches, found.proofs
    figures = {
        "prove_seconds": round(median(proof.seconds.get("solve", 0.0) + proof.seconds["prove"] for proof in proofs), 2),
        "peak_rss_gib": round(max(proof.peak_rss_bytes for proof in proofs) / GIB, 2),
        "proven_actions_per_second": round(found.asked / found.seconds, 1),
    }
    details = {
        "class": batches[0].size_class,
        "batches": len(batches),
        "seconds": round(found.seconds, 2),
        "actions_a_batch": found.asked / len(batches),
        "fills_a_batch": sum(batch.fills for batch in batches) / len(batches),
        "witness_seconds": round(mean(proof.seconds["witness"] for proof in proofs), 2),
        "execute_seconds": round(mean(batch.execute_seconds for batch in batches), 2),
        "seal_seconds": round(mean(batch.seal_seconds for batch in batches), 2),
        "full": sorted({batch.reason for batch in batches}),
    }
    return figures, details
