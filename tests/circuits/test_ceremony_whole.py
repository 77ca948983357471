"""A ceremony for class XS from its first file to a proof that Go, Python and a contract on a live chain accept.

Its people have folders of their own and pass on nothing but its files. On demand: ``NOVATE_REQUIRE=ceremony``.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from circuits import keyfolder, prover
from circuits.ceremony import ABOUT
from novate import tools
from rollup.batch import Batch
from rollup.layout import FIELD
from tests.circuits.ceremonies import digest_of
from tests.extras import asked
from verifier import groth16, keyrecord
from verifier.chain import Chain, development_account
from verifier.compile import contract
from verifier.deploy import deploy_verifier
from verifier.devnet import Devnet
from verifier.errors import Reverted

asked("ceremony", "some five minutes of two quiet cores")

BEACONS = ("ab" * 32, "cd" * 16)
COORDINATOR, ALICE, BOB, ANYBODY = "coordinator", "alice", "bob", "anybody"


class People:
    """Those who take part, each in a folder of their own; the files are where they were last."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.last = folder, COORDINATOR
        self.took: list[tuple[str, str, float, float]] = []

    def of(self, name: str) -> Path:
        """Somebody's folder of the ceremony."""
        return self.folder / name / "ceremony"

    def run(self, name: str, step: str, *words: str) -> tuple[int, dict]:
        """A step by somebody who was sent the files; its exit code and answer."""
        if name != self.last:
            shutil.rmtree(self.of(name), ignore_errors=True)
            shutil.copytree(self.of(self.last), self.of(name))
            self.last = name
        where = ["--folder", str(self.of(name)), "--data", str(self.folder / name / "data"), "--json"]
        command = [sys.executable, "-m", "novate.cli.main", "keys", "ceremony", step, *where, *words]
        before, begun = os.times(), time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        after = os.times()
        processor = after.children_user + after.children_system - before.children_user - before.children_system
        self.took.append((name, step, time.monotonic() - begun, processor))
        print(f"{name} {step}: {self.took[-1][2]:.1f} s, {processor:.1f} s of a core", file=sys.stderr, flush=True)
        return done.returncode, json.loads(done.stdout)

    def done(self, name: str, step: str, *words: str) -> dict:
        """A step that succeeds."""
        code, answer = self.run(name, step, *words)
        assert code == 0, answer
        return answer


def test_from_the_first_file_to_a_settled_proof(tmp_path: Path, batch: Batch) -> None:
    """reliability.md: keys of a ceremony prove and verify end to end; anybody tells their digest from the files."""
    people = People(tmp_path)
    about = people.done(COORDINATOR, "begin", "--class", "XS")
    assert about["system"] == keyfolder.pins()["XS"]
    published = []
    for beacon in BEACONS:
        published += [people.done(name, "contribute")["digest"] for name in (ALICE, BOB)]
        finished = people.done(COORDINATOR, "finish", "--beacon", beacon)
    transcript = finished["transcript"]
    assert transcript["digest"] == digest_of(transcript) == keyrecord.transcript_digest(transcript)
    expected = [word for digest in (*published, transcript["digest"]) for word in ("--expect", digest)]
    verified = people.done(ANYBODY, "verify", *expected)
    assert verified["transcript"] == transcript and not (people.folder / ANYBODY / "data" / "keys").exists()
    assert {path.name for path in people.of(ANYBODY).iterdir()} >= {ABOUT, "phase1.json", "phase2.json"}

    folder = people.folder / COORDINATOR / "data" / "keys"
    (key,) = keyfolder.keys(folder)
    assert (key.development, key.digest, key.transcript.hex()) == (False, transcript["key"], transcript["digest"])
    points = groth16.VerifyingKey.from_json(key.points)
    assert keyrecord.digest_of(points) == transcript["key"], "the key is the one that anybody's files tell"
    with prover.Prover("XS", folder) as running:
        proof = running.prove(batch.trace)
    assert prover.verify(proof, folder), "Go"
    inputs = (proof.sponge, proof.challenge, proof.fold)
    assert groth16.verify(points, groth16.Proof.from_bytes(proof.proof), inputs), "Python"
    on_a_live_chain(points, key.transcript, groth16.Proof.from_bytes(proof.proof), inputs)


def on_a_live_chain(key: groth16.VerifyingKey, transcript: bytes, proof: groth16.Proof, inputs: tuple) -> None:
    """The contract takes the key with its transcript, and the proof; not without it, and no other inputs."""
    os.environ.setdefault("NOVATE_ANVIL", str(tools.anvil()))
    with Devnet(chain_id=1) as net:
        chain = Chain(net.url)
        with pytest.raises(Reverted, match="development keys on a live chain"):
            deploy_verifier(chain, development_account(0), key)
        address = deploy_verifier(chain, development_account(0), key, transcript)
        deployed = chain.contract(contract("Groth16Verifier"), address).functions
        assert deployed.ceremony().call() == transcript
        assert deployed.development_keys().call() is False
        assert groth16.VerifyingKey.from_contract(deployed.key().call()) == key
        assert deployed.verify(tuple(proof), inputs).call()
        for place in range(3):
            other = [*inputs]
            other[place] = (other[place] + 1) % FIELD
            assert not deployed.verify(tuple(proof), tuple(other)).call()
