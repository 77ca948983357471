"""Test vectors of the signature scheme, made by the twins alone: ``python -m tests.twins.vectors`` rewrites the file.

``tests/vectors/signatures.json`` is for every signer, in whatever language. Integers are hexadecimal. ``verdict`` is 0
for a signature that holds, else the number of the first reason why not (docs/signing.md).
"""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.twins import curve, schnorr
from tests.twins.poseidon2 import FIELD, compress

FILE = Path(__file__).resolve().parent.parent / "vectors" / "signatures.json"
DOMAIN = compress(0x4E6F76617465, 1, 0xC0FFEE, 1)
WORD = 1 + (7 << 4) + (2 << 28) + (1_700_000_000_000 << 31) + (0x1234567 << 79)
MESSAGES = {
    "word": (WORD, DOMAIN),
    "report": (DOMAIN, 7 + (3 << 4), 101 + (102 << 36), 0, 0, 0),
    "sheet": (DOMAIN, 6 + (9 << 4), *range(1, 13)),
}
SEEDS = (bytes(32), bytes(range(32)), b"\xff" * 32, b"a seed has thirty-two bytes ... ")


def case(name: str, x: int, rx: int, s: int, message: tuple[int, ...], seed: bytes | None = None) -> dict:
    """A vector; the twin judges it. With a seed it is what that seed signs."""
    record = {"name": name, "x": hex(x), "message": [hex(cell) for cell in message], "rx": hex(rx), "s": hex(s)}
    record["verdict"] = schnorr.verdict(x, rx, s, message)
    return {**record, "seed": seed.hex()} if seed is not None else record


def honest() -> Iterator[dict]:
    """What seeds sign, with cells at both ends of the field among the messages."""
    for number, seed in enumerate(SEEDS):
        x = schnorr.public_key(seed)[0]
        for kind, message in MESSAGES.items():
            length = len(message)
            for what, cells in (
                ("", message),
                (" of zeros", (0,) * length),
                (" of the largest cells", (FIELD - 1,) * length),
            ):
                yield case(f"seed {number}, {kind}{what}", x, *schnorr.sign(seed, cells), cells, seed)


def signed_with(secret: int, x: int, nonce: int, message: tuple[int, ...], shift: int = schnorr.SHIFT, wrap: int = 0):
    """R.x and S by whoever chooses secret and nonce freely, with another constant or another reading of the hash."""
    rx = curve.multiply(curve.BASE, nonce)[0]
    digest = compress(rx, x, *message) + wrap
    return rx, (nonce + (digest % 2**schnorr.CHALLENGE_BITS + shift) * secret) % curve.ORDER


def altered() -> Iterator[dict]:
    """One thing changed in a signature that holds."""
    seed = SEEDS[1]
    x, order = schnorr.public_key(seed)[0], curve.ORDER
    for kind, message in MESSAGES.items():
        rx, s = schnorr.sign(seed, message)
        yield case(f"{kind}: S + 1", x, rx, (s + 1) % order, message)
        yield case(f"{kind}: S + l", x, rx, s + order, message)
        yield case(f"{kind}: -R", x, FIELD - rx, s, message)
        yield case(f"{kind}: another key", schnorr.public_key(SEEDS[0])[0], rx, s, message)
        yield case(f"{kind}: the negated key", FIELD - x, rx, s, message)
        yield case(f"{kind}: first cell changed", x, rx, s, (message[0] + 1, *message[1:]))
        yield case(f"{kind}: last cell changed", x, rx, s, (*message[:-1], message[-1] + 1))
    rx, s = schnorr.sign(seed, MESSAGES["word"])
    yield case("word and domain exchanged", x, rx, s, MESSAGES["word"][::-1])
    yield case("all zero", x, 0, 0, MESSAGES["word"])
    yield case("S = l", x, rx, order, MESSAGES["word"])
    yield case("S of 256 bits", x, rx, 2**256 - 1, MESSAGES["word"])


def forged() -> Iterator[dict]:
    """Signatures of other schemes, and keys that are none."""
    message, secret, nonce = MESSAGES["word"], 5, 999
    key = curve.multiply(curve.BASE, secret)
    yield case("small secret", key[0], *signed_with(secret, key[0], nonce, message), message)
    yield case("challenge without its constant", key[0], *signed_with(secret, key[0], nonce, message, shift=0), message)
    wrapped = signed_with(secret, key[0], nonce, message, wrap=FIELD)
    yield case("challenge of the hash plus the order of the field", key[0], *wrapped, message)
    identity = schnorr.challenge(compress(0, key[0], *message)) * secret % curve.ORDER
    yield case("R the identity", key[0], 0, identity, message)
    shifted = curve.add(curve.multiply(curve.BASE, nonce), curve.TORSION)[0]
    s = (nonce + schnorr.challenge(compress(shifted, key[0], *message)) * secret) % curve.ORDER
    yield case("R shifted by the torsion point", key[0], shifted, s, message)
    quarter = (curve.square_root(FIELD - 1), 0)  # of order four
    outside = curve.add(key, quarter)
    assert curve.on_curve(quarter) and curve.on_curve(outside)
    for name, x in (
        ("zero", 0),
        (
            "off the curve",
            next(
                x for x in range(1, 99) if curve.square_root((1 + x * x) * pow(1 - curve.D * x * x, -1, FIELD)) is None
            ),
        ),
        ("of order four", quarter[0]),
        ("off the subgroup", outside[0]),
    ):
        yield case(f"key {name}", x, *signed_with(secret, x, nonce, message), message)


def document() -> str:
    """The file's text."""
    keys = [{"seed": seed.hex(), "x": hex(x), "y": hex(y)} for seed in SEEDS for x, y in [schnorr.public_key(seed)]]
    return json.dumps({"keys": keys, "signatures": [*honest(), *altered(), *forged()]}, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(document())
