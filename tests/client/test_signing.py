"""The client's own signer against the published vectors, the twins and the compiled program."""

import json
import secrets

import pytest

from circuits.native import Native
from novate.client.signing import curve, poseidon2, schnorr
from novate.client.signing.signer import NativeSigner, PureSigner, signer_of
from tests.twins import poseidon2 as twin_hash
from tests.twins import schnorr as twin
from tests.twins.vectors import FILE

VECTORS = json.loads(FILE.read_text())


def test_constants_are_those_of_the_authors_generator() -> None:
    for width in (4, 8, 16):
        found, made = poseidon2.parameters(width), twin_hash.parameters(width)
        rounds = (*found.before, *((constant,) for constant in found.partial), *found.after)
        assert rounds == made.constants
        assert found.diagonal == made.diagonal


def test_hash_agrees_with_the_vectors_of_others() -> None:
    for case in json.loads((FILE.parent / "poseidon2.json").read_text()):
        cells = [int(cell, 16) for cell in case["in"]]
        assert poseidon2.compress(*cells) == (int(case["out"][0], 16) + cells[0]) % poseidon2.FIELD


def test_keys_and_signatures_are_the_published_ones() -> None:
    for case in VECTORS["keys"]:
        keys = schnorr.keys_of(bytes.fromhex(case["seed"]))
        assert (keys.x, keys.y) == (int(case["x"], 16), int(case["y"], 16))
    signed = [case for case in VECTORS["signatures"] if "seed" in case]
    assert len(signed) >= 30
    for case in signed:
        message = tuple(int(cell, 16) for cell in case["message"])
        found = schnorr.sign(schnorr.keys_of(bytes.fromhex(case["seed"])), message)
        assert found == (int(case["rx"], 16), int(case["s"], 16)), case["name"]


def test_the_compiled_signer_signs_alike() -> None:
    seed, message = secrets.token_bytes(32), tuple(secrets.randbelow(poseidon2.FIELD) for _ in range(14))
    with Native() as native:
        compiled = NativeSigner(native, seed)
        pure = PureSigner(seed)
        assert (compiled.x, compiled.y) == (pure.x, pure.y)
        assert compiled.sign(message) == pure.sign(message) == twin.sign(seed, message)


def test_a_compiled_signer_that_breaks_is_done_without(tmp_path) -> None:
    """Nothing to build, nothing to run: the key still signs."""
    seed, message = bytes(range(32)), (1, 2)
    with Native() as native:
        signer = NativeSigner(native, seed)
        native.close()
        native.path = tmp_path / "gone"
        assert signer.sign(message) == twin.sign(seed, message)


def test_the_fastest_signer_at_hand_is_one_of_both() -> None:
    seed = bytes(32)
    assert signer_of(seed).sign((1, 2)) == twin.sign(seed, (1, 2))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        signer_of(bytes(length))


def test_multiples_of_the_base_wrap_at_its_order() -> None:
    assert curve.times_base(curve.ORDER) == (0, 1)
    assert curve.times_base(1) == curve.BASE
    assert curve.times_base(curve.ORDER - 1) == (poseidon2.FIELD - curve.BASE[0], curve.BASE[1])
