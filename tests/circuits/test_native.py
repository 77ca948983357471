"""The native door against the pure-Python twins, the published vectors, and a child that dies."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circuits.native import ATTEMPTS, Native, NativeError, PublicKey, Signature, Signed, Verdict
from rollup import layout
from tests.twins import curve, poseidon2, schnorr, vectors

FIELD = poseidon2.FIELD
cells = st.integers(0, FIELD - 1)
seeds = st.binary(min_size=32, max_size=32)
messages = st.sampled_from((2, 6, 14)).flatmap(lambda count: st.tuples(*[cells] * count))

PUBLISHED = {
    4: (
        0x01BD538C2EE014ED5141B29E9AE240BF8DB3FE5B9A38629A9647CF8D76C01737,
        0x2E11C5CFF2A22C64D01304B778D78F6998EFF1AB73163A35603F54794C30847A,
    ),
    8: (
        0x1D1A50BCDE871247856DF135D56A4CA61AF575F1140ED9B1503C77528CF345DF,
        0x0B19BFA00C8F1D505074130E7F8B49A8624B1905E280CECA5BA11099B081B265,
    ),
    16: (
        0x0FC2E6B758F493969E1D860F9A44EE3BDFFDF796F382AA4FFB16FA4E9BCC333F,
        0x0E2CEB1F8FDE5F80BE1F41BD239FABDC2F6133A6A98920A55C42891C3A925152,
    ),
}
"""First and last cell of the permutation of 0, 1, 2, ... by width, as other implementations of it test themselves."""


@pytest.fixture(scope="module")
def native() -> Iterator[Native]:
    with Native() as door:
        yield door


@pytest.mark.parametrize("width", PUBLISHED)
def test_the_twin_permutes_the_published_vectors(width: int) -> None:
    state = poseidon2.permute(tuple(range(width)))
    assert (state[0], state[-1]) == PUBLISHED[width]


@pytest.mark.parametrize("width", PUBLISHED)
def test_native_hashes_the_published_vectors(native: Native, width: int) -> None:
    # The first cell of the input is zero, so the digest is the permutation's first cell.
    assert native.compress_many(width, [tuple(range(width))]) == [PUBLISHED[width][0]]


def test_one_field() -> None:
    assert poseidon2.FIELD == layout.FIELD


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_native_hashes_as_the_twin(native: Native, data: st.DataObject) -> None:
    width = data.draw(st.sampled_from((4, 8, 16)))
    rows = data.draw(st.lists(st.tuples(*[cells] * width), max_size=12))
    assert native.compress_many(width, rows) == [poseidon2.compress(*row) for row in rows]


@settings(max_examples=10, deadline=None)
@given(seed=seeds, message=messages)
def test_native_signs_as_the_twin(native: Native, seed: bytes, message: tuple[int, ...]) -> None:
    key = native.public_key(seed)
    assert key == schnorr.public_key(seed)
    signature = native.sign(seed, message)
    assert signature == schnorr.sign(seed, message)
    assert native.verify_many([Signed(key.x, signature, message)]) == [True]


@settings(max_examples=20, deadline=None)
@given(x=cells)
def test_native_finds_the_points_of_the_twin(native: Native, x: int) -> None:
    assert native.points([x]) == [curve.point_of(x)]


def test_keys_are_points_of_the_prime_subgroup(native: Native) -> None:
    key = schnorr.public_key(bytes(32))
    assert native.is_key(*key)
    assert not native.is_key(key[0], FIELD - key[1])
    assert not native.is_key(*curve.IDENTITY)
    assert not native.is_key(*curve.TORSION)
    assert not native.is_key(*curve.add(key, (curve.square_root(-1), 0)))
    assert not native.is_key(key[0], key[1] + FIELD)


def load() -> dict:
    """The vectors as integers."""
    document = json.loads(vectors.FILE.read_text())
    for record in document["signatures"]:
        record["claim"] = Signed(
            int(record["x"], 16),
            Signature(int(record["rx"], 16), int(record["s"], 16)),
            tuple(int(cell, 16) for cell in record["message"]),
        )
    return document


def test_the_vectors_are_what_the_twins_make() -> None:
    assert vectors.FILE.read_text() == vectors.document()


def test_native_agrees_with_every_vector(native: Native) -> None:
    document = load()
    records = document["signatures"]
    assert len(records) >= 50
    assert {record["verdict"] for record in records} == set(Verdict) - {Verdict.WIDE_HASH}
    assert native.judge_many([record["claim"] for record in records]) == [record["verdict"] for record in records]
    for record in records:
        if "seed" in record:
            assert native.sign(bytes.fromhex(record["seed"]), record["claim"].message) == record["claim"].signature
    for key in document["keys"]:
        expected = PublicKey(int(key["x"], 16), int(key["y"], 16))
        assert native.public_key(bytes.fromhex(key["seed"])) == expected


def test_many_rows_are_answered_in_their_order(native: Native) -> None:
    many = [number.to_bytes(32, "big") for number in range(60)]
    keys = native.public_keys(many)
    orders = [(seed, (number, 7)) for number, seed in enumerate(many)]
    claims = [
        Signed(key.x, signature, message)
        for key, signature, (_, message) in zip(keys, native.sign_many(orders), orders)
    ]
    claims[17] = claims[17]._replace(message=(18, 7))
    claims.insert(5, Signed(keys[0].x, native.sign(many[0], tuple(range(6))), tuple(range(6))))
    assert native.judge_many(claims) == [Verdict.WRONG_SUM if at == 18 else Verdict.VALID for at in range(61)]


@pytest.mark.parametrize(
    ("code", "ask"),
    [
        ("BAD_WIDTH", lambda native: native.compress_many(5, [(1,) * 5])),
        ("BAD_WIDTH", lambda native: native.compress_many(4, [(1,) * 4, (1,) * 3, (1,) * 5])),
        ("BAD_WIDTH", lambda native: native.sign(bytes(32), (1, 2, 3))),
        ("BAD_WIDTH", lambda native: native.verify_many([Signed(1, Signature(1, 1), ())])),
        ("NOT_REDUCED", lambda native: native.compress_many(4, [(1, 2, 3, FIELD)])),
        ("NOT_REDUCED", lambda native: native.compress_many(4, [(1, 2, 3, -1)])),
        ("NOT_REDUCED", lambda native: native.compress_many(4, [(1, 2, 3, 2**256)])),
        ("NOT_REDUCED", lambda native: native.sign(bytes(32), (1, FIELD))),
        ("NOT_REDUCED", lambda native: native.verify_many([Signed(FIELD, Signature(1, 1), (1, 2))])),
        ("NOT_REDUCED", lambda native: native.points([FIELD])),
        ("BAD_SEED", lambda native: native.public_key(bytes(31))),
        ("BAD_SEED", lambda native: native.sign(bytes(33), (1, 2))),
        ("TOO_LARGE", lambda native: native.public_keys([bytes(32)] * (2**21))),
    ],
)
def test_bad_requests_are_refused_and_the_next_is_answered(native: Native, code: str, ask) -> None:
    with pytest.raises(NativeError) as refused:
        ask(native)
    assert refused.value.code == code
    assert native.compress_many(4, [(0, 1, 2, 3)]) == [PUBLISHED[4][0]]


def test_nothing_asked_nothing_answered(native: Native) -> None:
    assert native.compress_many(8, []) == native.points([]) == native.sign_many([]) == native.verify_many([]) == []


def test_a_dead_child_is_started_again() -> None:
    with Native() as native:
        first = native.public_key(bytes(32))
        for _ in range(3):
            os.kill(native.child.process.pid, signal.SIGKILL)
            assert native.public_key(bytes(32)) == first


def test_a_child_that_always_dies_is_called_broken(tmp_path: Path) -> None:
    greeting = b"novate-native 1"
    program = tmp_path / "dying"
    said = len(greeting).to_bytes(4, "little") + greeting
    lines = ("import sys", f"sys.stdout.buffer.write({said!r})", "sys.stdout.flush()", "sys.stdin.buffer.read(1)")
    program.write_text("\n".join((f"#!{sys.executable}", *lines)))
    program.chmod(0o755)
    with Native(program) as native, pytest.raises(NativeError) as broken:
        native.public_key(bytes(32))
    assert broken.value.code == "NATIVE_BROKEN"
    assert str(ATTEMPTS) in broken.value.message


@pytest.mark.parametrize("says", ["", "\\x05\\0\\0\\0hello"])
def test_a_program_of_another_protocol_is_refused(tmp_path: Path, says: str) -> None:
    program = tmp_path / "other"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.write('{says}')\n")
    program.chmod(0o755)
    with Native(program) as native, pytest.raises(NativeError) as broken:
        native.public_key(bytes(32))
    assert broken.value.code == "NATIVE_BROKEN"
    assert native.child is None


def test_threads_share_a_door(native: Native) -> None:
    expected = [poseidon2.compress(number, 0, 0, 0) for number in range(8)]
    got: list[list[int]] = [[] for _ in range(8)]

    def ask(number: int) -> None:
        for _ in range(50):
            got[number] += native.compress_many(4, [(number, 0, 0, 0)])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [[digest] * 50 for digest in expected]


def test_the_child_ends_with_the_door() -> None:
    native = Native()
    native.public_key(bytes(32))
    child = native.child.process
    native.close()
    assert child.returncode == 0
    assert native.public_key(bytes(32)) == schnorr.public_key(bytes(32))
    native.close()


def test_a_forked_process_has_a_child_of_its_own() -> None:
    with Native() as native:
        expected = native.public_key(bytes(32))
        forked = os.fork()
        if forked == 0:
            same = native.public_key(bytes(32)) == expected
            native.close()
            os._exit(0 if same else 1)
        _, status = os.waitpid(forked, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert native.public_key(bytes(32)) == expected
