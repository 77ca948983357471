"""The real thing on the smallest class: real signatures, real proofs, and a prover that is killed at work."""

import os
import signal
import time
from pathlib import Path

import pytest

from circuits import prover
from circuits.native import Native
from novate.bench.flow import Flow, Signer, bench_genesis
from rollup.batch import Batch, Domain
from rollup.refusals import Code, Refused
from sequencer.archive import Archive
from sequencer.errors import Problem
from sequencer.recovery import Deployment
from sequencer.sequencer import Sequencer
from tests.sequencer.house import CALM, START, Clock, fund, trade

DOMAIN = Domain(31337, 0xC0FFEE)


@pytest.fixture(scope="module")
def native():
    with Native() as native:
        yield native


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    prover.setup("XS", folder)
    return folder


def key(native: Native):
    """Keys of the real curve."""

    def of(seed: int) -> Signer:
        return Signer(seed, *native.public_key(seed.to_bytes(32, "big")))

    return of


def begin(directory: Path, native: Native, **options) -> Sequencer:
    """A sequencer with real signatures, its accounts funded and its markets priced."""
    of = key(native)
    domain = DOMAIN.digest(native)

    def sign(action, signer: Signer):
        return action._replace(signature=native.sign(signer.seed.to_bytes(32, "big"), action.message(domain)))

    deployment = Deployment(bench_genesis("XS", of, 1), DOMAIN, "XS")
    house = Sequencer(directory, deployment, native, native, CALM, Clock(), **options).start()
    house.source = Flow(house.engine, [1, 2, 3], of, sign)
    house.sign = sign
    for report in house.source.reports(START, of, sign):
        house.report(report)
    if len(house.engine.accounts()) == 1:
        fund(house, house.source)
    return house


def test_a_killed_prover_is_started_again_and_its_proof_is_good(tmp_path, native, keys):
    with prover.Prover("XS", keys, attempts=1) as machine:
        house = begin(tmp_path, native, prover=machine)
        list(trade(house, house.source, 5))
        last = house.seal().result(10)
        while (progress := house.status().proving) is None or progress.step != "prove":
            time.sleep(0.005)
        killed = machine.pid
        os.kill(killed, signal.SIGKILL)
        list(trade(house, house.source, 2))
        house.wait_for("proven", last, 60)
        assert machine.pid != killed and house.halt.reason is None
        house.stop()
    archive = Archive(tmp_path)
    assert archive.job(1).attempts == 2
    for batch in archive.batches()[:last]:
        proof = archive.proof(batch.number)
        assert proof.words == batch.words and prover.verify(proof, keys)
    archive.close()


def test_a_trace_that_the_circuit_refuses_reduces_with_the_rule(tmp_path, native, keys):
    with prover.Prover("XS", keys, attempts=1) as machine:
        house = begin(tmp_path, native, prover=machine)
        seal = house.engine.seal

        def lies(hasher) -> Batch:
            batch = seal(hasher)
            batch.trace["deposits"][0]["amount"] += 1
            return batch

        house.engine.seal = lies
        house.seal().result(10)
        deadline = time.monotonic() + 60
        while house.halt.cause is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert house.halt.cause.code is Problem.TRACE_NOT_PROVEN
        assert "deposit" in house.halt.cause.detail
        assert Path(house.halt.cause.numbers["trace"]).exists()
        house.stop()


def test_signatures_are_those_of_the_curve(tmp_path, native):
    house = begin(tmp_path, native)
    (action,) = house.source.resting(1)
    rx, s = action.signature
    for signature in [(rx, s + 1), (rx + 1, s), (s, rx)]:
        with pytest.raises(Refused) as caught:
            house.submit(action._replace(signature=signature)).result(10)
        assert caught.value.code is Code.BAD_SIGNATURE
    assert house.submit(action).result(10).receipt.code is Code.RESTED
    house.stop()


def test_a_stop_in_the_middle_of_a_proof_does_not_wait_for_it(tmp_path, native, keys):
    with prover.Prover("XS", keys) as machine:
        house = begin(tmp_path, native, prover=machine)
        house.seal().result(10)
        while (progress := house.status().proving) is None or progress.step != "prove":
            time.sleep(0.005)
        house.stop(seal=False)
    archive = Archive(tmp_path)
    assert archive.job(1).state == "waiting" and archive.last_proven() == 0
    archive.close()
