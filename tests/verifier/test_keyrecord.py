"""A key that the reader names is the one that the contract's code is built on, or the batch is not believed."""

import hashlib
import json
from pathlib import Path

import pytest

from circuits.keyfolder import pins
from novate.cli.main import main
from tests.keys import smallest_key
from tests.verifier.simulator import Simulator
from tests.verifier.world import World
from verifier import keyrecord
from verifier.deploy import deploy_verifier
from verifier.errors import BadInput, ProofRefused
from verifier.groth16 import VerifyingKey

CEREMONY = hashlib.sha256(b"a ceremony").digest()


def record_of(key: VerifyingKey, **changes: object) -> dict:
    """A development key's record of class XS, its circuit that of these sources."""
    about = {"format": keyrecord.RECORD, "class": "XS", "system": pins()["XS"], "development": True}
    return {**about, "digest": keyrecord.digest_of(key), **key.to_json(), **changes}


def transcript_of(key: VerifyingKey, **changes: object) -> dict:
    """A transcript that ends with the key."""
    ended = {"beacon": "ab" * 16, "contributions": ["11" * 32, "22" * 32]}
    about = {"format": keyrecord.TRANSCRIPT, "class": "XS", "class_number": 1, "system": pins()["XS"]}
    sizes = {"constraints": 5, "domain": 8, "phase1": ended, "start": "33" * 32, "phase2": ended}
    made = {**about, **sizes, "key": keyrecord.digest_of(key), **changes}
    return {"digest": keyrecord.transcript_digest(made), **made}


def written(path: Path, fields: object) -> str:
    path.write_text(json.dumps(fields))
    return str(path)


def test_the_digest_of_a_key_is_its_records() -> None:
    key, _ = smallest_key()
    assert keyrecord.digest_of(VerifyingKey.from_json(key.points)) == key.digest


def test_a_key_is_named_by_record_transcript_or_digest(tmp_path: Path, simulator: Simulator) -> None:
    record, transcript = record_of(simulator.key), transcript_of(simulator.key)
    file = tmp_path / "key"
    for told in (record, {"class": "XS", "record": record}, {"batch": 1, "key": record}):
        one = keyrecord.named(written(file, told))
        assert (one.digest, one.size_class, one.circuit) == (record["digest"], "XS", pins()["XS"])
        assert one.transcript == keyrecord.DEVELOPMENT
    for told in (transcript, {"phase": 2, "transcript": transcript}):
        one = keyrecord.named(written(file, told))
        assert (one.digest, one.transcript.hex()) == (record["digest"], transcript["digest"])
    assert keyrecord.named("0x" + record["digest"].upper()) == keyrecord.Named(record["digest"], "digest")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "KEY_RECORD_UNREADABLE"),
        (b"[]", "KEY_RECORD_UNREADABLE"),
        (b'{"class": "XS"}', "KEY_RECORD_UNREADABLE"),
        (b"[" * 100_000, "KEY_RECORD_UNREADABLE"),
        (b"\xff\xfe", "KEY_RECORD_UNREADABLE"),
        ({"digest": "00" * 32}, "KEY_RECORD_FALSE"),
        ({"development": False}, "KEY_RECORD_FALSE"),
        ({"transcript": "11" * 32}, "KEY_RECORD_FALSE"),
        ({"development": False, "transcript": "11"}, "KEY_RECORD_FALSE"),
        ({"delta": ["0x1"]}, "KEY_UNREADABLE"),
        ({"k": [["0x1", "-0x1"]] * 5}, "KEY_RECORD_UNREADABLE"),
        ({"system": None, "k": 5}, "KEY_UNREADABLE"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, simulator: Simulator, content: object, code: str) -> None:
    file = tmp_path / "key"
    text = content if isinstance(content, bytes) else json.dumps(record_of(simulator.key, **content)).encode()
    file.write_bytes(text)
    with pytest.raises(BadInput) as refused:
        keyrecord.named(str(file))
    assert refused.value.code == code


def test_a_transcript_that_was_changed_is_refused(tmp_path: Path, simulator: Simulator) -> None:
    file = written(tmp_path / "key", {**transcript_of(simulator.key), "system": "00" * 32})
    with pytest.raises(BadInput, match="KEY_RECORD_FALSE"):
        keyrecord.named(file)
    with pytest.raises(BadInput, match="KEY_RECORD_UNREADABLE"):
        keyrecord.named(str(tmp_path / "nowhere"))


def test_the_key_is_read_out_of_the_verifiers_code(world: World, simulator: Simulator) -> None:
    has = keyrecord.found(world.settlement, "XS")
    assert (has.key, has.digest) == (simulator.key, keyrecord.digest_of(simulator.key))
    assert (has.transcript, has.label) == (keyrecord.DEVELOPMENT, "development")
    ceremonial = deploy_verifier(world.chain, world.admin, simulator.key, CEREMONY)
    other = world.deploy(verifiers={**world.terms.verifiers, "XS": ceremonial})
    has = keyrecord.found(other, "XS")
    assert (has.key, has.transcript, has.label) == (simulator.key, CEREMONY, "ceremony")


def test_code_that_is_not_ours_is_refused(world: World) -> None:
    """Its ``key()`` may say anything."""
    verifier = world.settlement.verifier("XS").address
    code = bytes(world.chain.web3.eth.get_code(verifier))
    for changed in (code[:-1], code + bytes(32), bytes([code[0] ^ 1]) + code[1:], code[: -34 * 32] + bytes(34 * 32)):
        world.net.call("anvil_setCode", verifier, "0x" + changed.hex())
        with pytest.raises(ProofRefused, match="CONTRACT_DIFFERS"):
            keyrecord.found(world.settlement, "XS")
    world.net.call("anvil_setCode", verifier, "0x" + code.hex())
    keyrecord.found(world.settlement, "XS")
    address = world.settlement.address
    settlement = bytearray(world.chain.web3.eth.get_code(address))
    settlement[100] ^= 1
    world.net.call("anvil_setCode", address, "0x" + settlement.hex())
    with pytest.raises(ProofRefused, match="CONTRACT_DIFFERS.*Settlement"):
        keyrecord.immutables(world.chain, address, "Settlement")


class Command:
    """``novate batch verify`` of a batch on the world's chain, in a folder that knows nothing."""

    def __init__(self, world: World, data: Path, capsys: pytest.CaptureFixture) -> None:
        self._where = ["--rpc", world.net.url, "--settlement", world.settlement.address, "--data", str(data)]
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, dict]:
        self._capsys.readouterr()
        code = main(["batch", "verify", "1", *self._where, *words, "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    def text(self, *words: str) -> str:
        main(["batch", "verify", "1", *self._where, *words])
        return self._capsys.readouterr().out


@pytest.fixture
def command(world: World, tmp_path: Path, capsys: pytest.CaptureFixture) -> Command:
    world.run("XS")
    return Command(world, tmp_path / "data", capsys)


def test_a_batch_is_verified_against_the_key_that_is_named(
    command: Command, tmp_path: Path, simulator: Simulator
) -> None:
    file = written(tmp_path / "key.json", record_of(simulator.key))
    code, told = command("--key", file)
    assert (code, told["holds"]) == (0, True)
    digest = keyrecord.digest_of(simulator.key)
    assert told["trusted"] == {
        "class": "XS",
        "key": digest,
        "label": "development",
        "compared_with": file,
        "circuit": pins()["XS"],
        "circuit_of_these_sources": pins()["XS"],
    }
    code, told = command("--key", digest)
    assert (code, told["trusted"]["compared_with"], told["trusted"]["circuit"]) == (0, "digest", None)


def test_a_batch_under_another_key_than_is_named_is_refused(
    command: Command, tmp_path: Path, simulator: Simulator
) -> None:
    other = Simulator("another set-up").key
    for name in (
        written(tmp_path / "other", record_of(other)),
        written(tmp_path / "class", record_of(simulator.key, **{"class": "S"})),
        keyrecord.digest_of(other),
    ):
        code, told = command("--key", name)
        assert (code, told["error"]["code"]) == (4, "KEY_DIFFERS")
        assert told["error"]["details"]["contract"] == keyrecord.digest_of(simulator.key)
    code, told = command("--key", written(tmp_path / "transcript", transcript_of(simulator.key)))
    assert (code, told["error"]["code"]) == (4, "CEREMONY_DIFFERS")
    code, told = command("--key", str(tmp_path / "nowhere"))
    assert (code, told["error"]["code"]) == (1, "KEY_RECORD_UNREADABLE")


def test_a_circuit_that_is_not_of_these_sources_is_refused(
    command: Command, tmp_path: Path, simulator: Simulator
) -> None:
    code, told = command("--key", written(tmp_path / "key", record_of(simulator.key, system="ab" * 32)))
    assert (code, told["holds"]) == (4, False)
    assert [check["name"] for check in told["checks"] if not check["holds"]] == ["circuit"]


def test_without_a_key_it_is_said_what_was_trusted(command: Command, simulator: Simulator) -> None:
    code, told = command()
    assert (code, told["holds"]) == (0, True)
    digest = keyrecord.digest_of(simulator.key)
    assert (told["trusted"]["key"], told["trusted"]["compared_with"], told["trusted"]["circuit"]) == (
        digest,
        None,
        None,
    )
    text = command.text()
    assert f"{digest} (development), the contract's own word" in text and "--key" in text
    assert pins()["XS"] in text
