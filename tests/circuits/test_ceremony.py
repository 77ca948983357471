"""A rehearsal of a ceremony with two contributors, by the command line, down to a contract that takes its proof."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from circuits import keyfolder, prover
from novate import tools
from novate.cli.main import main
from tests.circuits.ceremonies import digest_of
from verifier.chain import Chain, development_account
from verifier.compile import contract
from verifier.deploy import deploy_verifier
from verifier.devnet import Devnet
from verifier.groth16 import Proof, VerifyingKey, verify

BEACONS = ("ab" * 32, "cd" * 16)


class Ceremony(NamedTuple):
    """A ceremony's folder, the folder of its keys, and its commands: exit code and answer."""

    folder: Path
    data: Path
    capture: pytest.CaptureFixture

    def run(self, step: str, *words: str) -> tuple[int, dict]:
        """One command."""
        fixed = ["keys", "ceremony", step, "--folder", str(self.folder), "--data", str(self.data), "--json"]
        code = main([*fixed, *words])
        return code, json.loads(self.capture.readouterr().out)

    def done(self, step: str, *words: str) -> dict:
        """One command that succeeds."""
        code, answer = self.run(step, *words)
        assert code == 0, answer
        return answer


@pytest.fixture
def ceremony(tmp_path: Path, capsys: pytest.CaptureFixture) -> Ceremony:
    """A rehearsal that has just begun."""
    held = Ceremony(tmp_path / "ceremony", tmp_path / "data", capsys)
    held.done("begin", "--class", "rehearsal")
    return held


def test_two_contributors_make_a_key_that_a_contract_takes_on_any_chain(ceremony: Ceremony) -> None:
    published = []
    for beacon in BEACONS:
        published += [ceremony.done("contribute")["digest"] for _ in range(2)]
        finished = ceremony.done("finish", "--beacon", beacon)
    verified = ceremony.done("verify")
    assert [step["digest"] for step in verified["contributions"]] == published
    transcript = verified["transcript"]
    assert transcript == finished["transcript"]
    assert transcript["digest"] == digest_of(transcript)
    (key,) = keyfolder.keys(ceremony.data / "keys")
    assert (key.development, key.label, key.digest) == (False, "ceremony", finished["key"])
    assert key.transcript.hex() == transcript["digest"]
    proof, inputs = bytes.fromhex(finished["trial"]["proof"]), finished["trial"]["inputs"]
    points = VerifyingKey.from_json(key.points)
    assert points.base == points.gamma
    assert verify(points, Proof.from_bytes(proof), inputs)
    assert not verify(points, Proof.from_bytes(proof), [inputs[0] + 1, *inputs[1:]])
    on_chain(points, key.transcript, Proof.from_bytes(proof), inputs)
    listed = main(["keys", "list", "--data", str(ceremony.data)]), ceremony.capture.readouterr().out
    assert listed[0] == 0 and "ceremony" in listed[1] and transcript["digest"][:16] in listed[1]


def on_chain(key: VerifyingKey, transcript: bytes, proof: Proof, inputs: list[int]) -> None:
    """A chain that is no development chain takes the key, and the contract its proof."""
    os.environ.setdefault("NOVATE_ANVIL", str(tools.anvil()))
    with Devnet(chain_id=1) as net:
        chain = Chain(net.url)
        address = deploy_verifier(chain, development_account(0), key, transcript)
        deployed = chain.contract(contract("Groth16Verifier"), address).functions
        assert deployed.ceremony().call() == transcript
        assert deployed.development_keys().call() is False
        assert deployed.verify(tuple(proof), tuple(inputs)).call()
        assert not deployed.verify(tuple(proof), (inputs[0] + 1, *inputs[1:])).call()


def spoil(folder: Path, file: str) -> str:
    """Change one bit of a contribution and name it by its new digest."""
    path = folder / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    name = file[: -len("0" * 64)] + hashlib.sha256(data).hexdigest()
    path.unlink()
    (folder / name).write_bytes(data)
    return name


def swap(folder: Path, file: str) -> str:
    """Let the second contribution be the first."""
    (first,) = folder.glob(f"{file[:7]}001-*")
    other = folder / file.replace("-002-", "-001-")
    (folder / file).rename(other)
    first.rename(folder / first.name.replace("-001-", "-002-"))
    return other.name


@pytest.mark.parametrize("change", [spoil, swap])
def test_what_does_not_follow_is_refused_by_name(ceremony: Ceremony, change: Callable[[Path, str], str]) -> None:
    ceremony.done("contribute")
    step = ceremony.done("contribute")
    changed = change(ceremony.folder, step["file"])
    for command in ("verify", "contribute"):
        code, answer = ceremony.run(command)
        assert (code, answer["error"]["code"]) == (1, "CONTRIBUTION_REFUSED")
        assert answer["error"]["details"]["at"] == changed or command == "contribute"
    code, answer = ceremony.run("finish", "--beacon", BEACONS[0])
    assert (code, answer["error"]["code"]) == (1, "CONTRIBUTION_REFUSED")


def test_what_was_published_must_be_there(ceremony: Ceremony) -> None:
    """A coordinator who drops a contribution is found by whoever published its digest."""
    first = ceremony.done("contribute")
    dropped = ceremony.done("contribute")
    words = ("--expect", first["digest"], "--expect", dropped["digest"])
    assert len(ceremony.done("verify", *words)["contributions"]) == 2
    (ceremony.folder / dropped["file"]).unlink()
    code, answer = ceremony.run("verify", *words)
    assert (code, answer["error"]["code"]) == (1, "CEREMONY_LACKS")
    assert answer["error"]["details"]["at"] == dropped["digest"]


def test_steps_out_of_turn_are_refused(ceremony: Ceremony) -> None:
    for words, wanted in (
        (("finish", "--beacon", BEACONS[0]), (1, "TOO_EARLY")),
        (("finish", "--beacon", "1234"), (1, "BAD_BEACON")),
        (("finish",), (2, "WRONG_ARGUMENTS")),
        (("begin",), (2, "WRONG_ARGUMENTS")),
        (("begin", "--class", "rehearsal"), (1, "CEREMONY_EXISTS")),
    ):
        code, answer = ceremony.run(*words)
        assert (code, answer["error"]["code"]) == wanted


@pytest.mark.parametrize(
    "lie", [{"class_number": 1}, {"class": "XS"}, {"class": "XS", "class_number": 1}, {"class": "XXL"}]
)
def test_a_folder_of_one_class_is_not_taken_for_another(ceremony: Ceremony, lie: dict) -> None:
    """The contract goes by the class's number, contributors by its name, and both by its circuit."""
    ceremony.done("contribute")
    path = ceremony.folder / "ceremony.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **lie}))
    for words in (("contribute",), ("verify",), ("finish", "--beacon", BEACONS[0])):
        code, answer = ceremony.run(*words)
        assert (code, answer["error"]["code"]) == (1, "CEREMONY_MISMATCH"), words
    assert not list(ceremony.folder.glob("phase1-002-*")) and not list(ceremony.folder.glob("phase2-*"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "novate ceremony 0"}', "[" * 100_000])
def test_a_folder_that_holds_no_ceremony_is_refused(ceremony: Ceremony, content: str) -> None:
    (ceremony.folder / "ceremony.json").write_text(content)
    for words in (("contribute",), ("verify",), ("finish", "--beacon", BEACONS[0])):
        code, answer = ceremony.run(*words)
        assert (code, answer["error"]["code"]) == (1, "CEREMONY_MISSING"), words


def test_a_ceremonys_key_is_not_replaced(key_dir: Path, tmp_path: Path) -> None:
    for path in key_dir.glob("XS-*"):
        (tmp_path / path.name).symlink_to(path)
    (record,) = tmp_path.glob("XS-*.json")
    fields = json.loads(record.read_text())
    record.unlink()
    record.write_text(json.dumps({**fields, "development": False, "transcript": "11" * 32}))
    with pytest.raises(prover.KeyUnusable) as refused:
        prover.setup("XS", tmp_path, again=True)
    assert refused.value.code == "KEY_PRECIOUS"
    assert prover.setup("XS", tmp_path).label == "ceremony"
