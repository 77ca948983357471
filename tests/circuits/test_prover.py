"""The prover's door: honest batches prove, everything else is refused by name, and a death in between loses nothing."""

import json
import os
import signal
import threading
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from circuits import keyfolder, prover
from circuits.native import Native
from circuits.prover import KeyUnusable, Proof, Prover, ProverDied, ProverError, TraceRefused
from rollup import fingerprint
from rollup.batch import Batch
from rollup.layout import CLASSES, FIELD
from verifier import groth16


def test_an_honest_batch_proves_and_verifies(proof: Proof, key_dir: Path) -> None:
    assert prover.verify(proof, key_dir)
    assert len(proof.proof) == 384
    assert proof.development
    assert {"load", "witness", "solve", "prove", "verify"} <= proof.seconds.keys()
    assert 0 < proof.constraints <= CLASSES["XS"].step


def test_a_proof_speaks_of_the_public_words_of_its_batch(proof: Proof, batch: Batch, native: Native) -> None:
    assert proof.words == batch.words
    assert proof.sent == fingerprint.sent_words(batch.words, CLASSES["XS"])
    assert proof.sponge == fingerprint.sponge(native, batch.words)
    assert proof.fold == fingerprint.fold(batch.words, proof.challenge)


def test_python_verifies_with_the_record_alone(proof: Proof, key_dir: Path) -> None:
    (key,) = [key for key in keyfolder.keys(key_dir) if key.digest == proof.key]
    record = groth16.VerifyingKey.from_json(key.points)
    points = groth16.Proof.from_bytes(proof.proof)
    assert groth16.verify(record, points, (proof.sponge, proof.challenge, proof.fold))
    assert not groth16.verify(record, points, (proof.sponge, proof.challenge, (proof.fold + 1) % FIELD))


def test_verification_refuses_every_change(proof: Proof, key_dir: Path) -> None:
    flipped = bytearray(proof.proof)
    flipped[-1] ^= 1
    negated = groth16.Proof.from_bytes(proof.proof)
    opposite = negated._replace(a=(negated.a[0], groth16.BASE_FIELD - negated.a[1])).to_bytes()
    forged = [
        proof._replace(proof=bytes(flipped)),
        proof._replace(proof=opposite),
        proof._replace(proof=proof.proof[:-1]),
        proof._replace(proof=bytes(384)),
        proof._replace(sponge=proof.sponge + 1),
        proof._replace(challenge=proof.challenge + 1),
        proof._replace(fold=proof.fold + FIELD),
        proof._replace(words=[*proof.words[:-1], 1]),
        proof._replace(words=proof.words[:-1]),
        proof._replace(words=[*proof.words[:-1], FIELD]),
        proof._replace(key="0" * 64),
    ]
    for place, forgery in enumerate(forged):
        assert not prover.verify(forgery, key_dir), place


def test_a_change_of_a_word_and_its_fold_is_refused(proof: Proof, key_dir: Path, native: Native) -> None:
    """Inputs that fit each other, but not the proof."""
    words = [*proof.words]
    words[6] += 1
    sponge = fingerprint.sponge(native, words)
    sent = fingerprint.sent_words(words, CLASSES["XS"])
    challenge = int.from_bytes(keccak(b"".join(x.to_bytes(32, "big") for x in (sponge, *sent))), "big") % FIELD
    forgery = proof._replace(
        words=words, sponge=sponge, challenge=challenge, fold=fingerprint.fold(words, challenge), sent=sent
    )
    assert not prover.verify(forgery, key_dir)


def test_a_proof_travels_as_json(proof: Proof) -> None:
    assert Proof.from_json(json.loads(json.dumps(proof.to_json()))) == proof


def test_traces_come_from_files_too_and_steps_are_told(xs: Prover, trace_file: Path, key_dir: Path) -> None:
    steps = []
    proof = xs.prove(trace_file, lambda step, seconds: steps.append((step, seconds)))
    assert [step for step, _ in steps] == ["load", "witness", "solve", "prove", "verify"]
    assert sorted(seconds for _, seconds in steps) == [seconds for _, seconds in steps]
    assert prover.verify(proof, key_dir)


def test_a_batch_that_breaks_a_rule_is_refused_by_its_name(xs: Prover, batch: Batch) -> None:
    stolen = json.loads(json.dumps(batch.trace))
    stolen["headers"][0]["cash"][2][0] += 1
    with pytest.raises(TraceRefused) as refused:
        xs.prove(stolen)
    assert refused.value.code == "UNSATISFIED"
    assert "bus: cash" in refused.value.findings.broken
    assert "bus: cash" in str(refused.value)
    assert any("cash" in tuple_ for tuple_ in refused.value.findings.unbalanced)


@pytest.mark.parametrize(
    ("change", "code", "at"),
    [
        ({"class": "S"}, "UNKNOWN_CLASS", "class"),
        ({"class": "XL"}, "UNKNOWN_CLASS", "class"),
        ({"orders": [{}] * 11}, "TOO_MANY_ROWS", "orders"),
        ({"orders": [{"colour": 1}]}, "UNKNOWN_COLUMN", "orders[0].colour"),
        ({"words": []}, "WRONG_LENGTH", "words"),
        ({"orders": [{"price": FIELD}]}, "OUT_OF_FIELD", "orders[0].price"),
        ({"orders": [{"price": 0.5}]}, "NOT_A_NUMBER", "orders[0].price"),
    ],
)
def test_a_trace_of_a_wrong_form_is_refused_with_the_place(
    xs: Prover, batch: Batch, change: dict, code: str, at: str
) -> None:
    trace = {**batch.trace, **change}
    if change == {"class": "S"}:
        trace = {"class": "S"}
    with pytest.raises(TraceRefused) as refused:
        xs.prove(trace)
    assert (refused.value.code, refused.value.at) == (code, at)


def test_a_file_that_is_missing_or_no_trace_is_refused(xs: Prover, tmp_path: Path) -> None:
    torn = tmp_path / "torn.json"
    torn.write_text('{"class": "XS", "words": [1,')
    for path in (tmp_path / "none.json", torn):
        with pytest.raises(TraceRefused) as refused:
            xs.prove(path)
        assert refused.value.code == "TRACE_UNREADABLE"


def test_after_refusals_the_same_process_proves_on(xs: Prover, batch: Batch) -> None:
    process = xs.pid
    with pytest.raises(TraceRefused):
        xs.prove({"class": "XS", "words": []})
    xs.prove(batch.trace)
    assert xs.pid == process


def kill_at(running: Prover, step: str, times: int):
    """Steps of a job during which the process is killed, as often as asked."""
    left = [times]

    def steps(now: str, _: float) -> None:
        if now == step and left[0]:
            left[0] -= 1
            os.kill(running.pid, signal.SIGKILL)

    return steps


@pytest.mark.parametrize("step", ["load", "prove"])
def test_a_prover_that_dies_is_started_again_and_its_job_repeated(key_dir: Path, trace_file: Path, step: str) -> None:
    with Prover("XS", key_dir) as running:
        first = running.start()
        before = running.pid
        proof = running.prove(trace_file, kill_at(running, step, 1))
        assert running.restarts == 1
        assert running.pid != before
        assert running.key == first
    assert prover.verify(proof, key_dir)


def test_a_job_that_kills_every_prover_is_given_up(key_dir: Path, trace_file: Path) -> None:
    with Prover("XS", key_dir, attempts=2) as running:
        with pytest.raises(ProverDied) as died:
            running.prove(trace_file, kill_at(running, "load", 2))
        assert died.value.code == "PROVER_DIED"
        assert running.prove(trace_file).class_name == "XS"


def test_a_step_that_takes_too_long_is_given_up(key_dir: Path, trace_file: Path) -> None:
    with Prover("XS", key_dir) as running:
        running.start()
        with pytest.raises(ProverDied) as died:
            running.prove(trace_file, timeout=0.001)
        assert died.value.code == "PROVER_TIMEOUT"


def test_a_closed_door_ends_the_process(key_dir: Path) -> None:
    with Prover("XS", key_dir) as running:
        running.start()
        process = running.pid
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_process_ends_when_its_input_does_even_while_it_proves(key_dir: Path, trace_file: Path) -> None:
    running = Prover("XS", key_dir)
    running.start()
    process = running._process
    process.ask({"job": 1, "trace": str(trace_file)})
    process._process.stdin.close()
    assert process._process.wait(timeout=5) == 0
    running.close()


def test_threads_share_a_prover_one_job_at_a_time(xs: Prover, trace_file: Path) -> None:
    proofs: list[Proof] = []
    threads = [threading.Thread(target=lambda: proofs.append(xs.prove(trace_file))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({proof.proof for proof in proofs}) == 2
    assert len({proof.fold for proof in proofs}) == 1


def test_a_folder_without_keys_says_so(tmp_path: Path, trace_file: Path) -> None:
    with Prover("XS", tmp_path) as running, pytest.raises(KeyUnusable) as missing:
        running.prove(trace_file)
    assert missing.value.code == "KEY_MISSING"


def test_a_wrong_class_is_an_error_of_use(tmp_path: Path) -> None:
    with pytest.raises(ProverError) as wrong:
        prover.rules("XL")
    assert wrong.value.code == "USAGE"
