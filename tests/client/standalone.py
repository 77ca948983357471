"""A signer in 120 lines that knows nothing of ours: the standard library, ``/v1/domain`` and the vectors' file.

``python -I standalone.py DOMAIN.json VECTORS.json`` packs and signs every case, verifies some, and prints how many.
It is written from docs/signing.md; another language would do the same. The hash's constants are the vectors' own.
"""

import hashlib
import json
import sys
from pathlib import Path

SHIFT = 2**127 - 2**106


class Scheme:
    """Curve and hash with the parameters that the API tells."""

    def __init__(self, domain: dict, constants: dict) -> None:
        self.p, self.order = int(domain["field"], 16), int(domain["subgroup_order"], 16)
        self.d = int(domain["curve_d"], 16)
        self.base = tuple(int(cell, 16) for cell in domain["base_point"])
        self.constants = {
            int(width): (
                [[int(constant, 16) for constant in row] for row in found["rounds"]],
                [int(entry, 16) for entry in found["diagonal"]],
            )
            for width, found in constants.items()
        }
        self.keys: dict[tuple, bool] = {}
        self.bound = self.p >> 210 << 210

    # ------------------------------------------------------------------------------------------------- curve
    def add(self, a: tuple, b: tuple) -> tuple:
        """Sum in extended coordinates, a = -1."""
        x1, y1, z1, t1 = a
        x2, y2, z2, t2 = b
        p = self.p
        e = (x1 + y1) * (x2 + y2) - x1 * x2 - y1 * y2
        g, f, h = z1 * z2 + self.d * t1 * t2, z1 * z2 - self.d * t1 * t2, y1 * y2 + x1 * x2
        return e * f % p, g * h % p, f * g % p, e * h % p

    def times(self, point: tuple, scalar: int) -> tuple:
        """x and y of a multiple."""
        total, base = (0, 1, 1, 0), (*point, 1, point[0] * point[1] % self.p)
        while scalar:
            if scalar & 1:
                total = self.add(total, base)
            base, scalar = self.add(base, base), scalar >> 1
        inverse = pow(total[2], -1, self.p)
        return total[0] * inverse % self.p, total[1] * inverse % self.p

    # ------------------------------------------------------------------------------------------------- hash
    def mix(self, state: list) -> list:
        """The outer matrix."""
        rows = ((5, 7, 1, 3), (4, 6, 1, 1), (1, 3, 5, 7), (1, 1, 4, 6))
        blocks = [state[at : at + 4] for at in range(0, len(state), 4)]
        blocks = [[sum(m * cell for m, cell in zip(row, block)) for row in rows] for block in blocks]
        sums = [sum(column) if len(blocks) > 1 else 0 for column in zip(*blocks)]
        return [(cell + more) % self.p for block in blocks for cell, more in zip(block, sums)]

    def hash(self, *cells: int) -> int:
        """First cell of Poseidon2's permutation plus first cell of the input."""
        rounds, diagonal = self.constants[len(cells)]
        state = self.mix(list(cells))
        for row in rounds:
            for at, constant in enumerate(row):
                state[at] = pow(state[at] + constant, 5, self.p)
            if len(row) > 1:
                state = self.mix(state)
            else:
                total = sum(state)
                state = [(entry * cell + total) % self.p for entry, cell in zip(diagonal, state)]
        return (state[0] + cells[0]) % self.p

    # ------------------------------------------------------------------------------------------------- signatures
    def scalar(self, tag: bytes, *parts: bytes) -> int:
        """A hash in 1 to l - 1."""
        return 1 + int.from_bytes(hashlib.sha512(tag + b"".join(parts)).digest(), "big") % (self.order - 1)

    def sign(self, seed: bytes, x: int, message: list) -> tuple:
        """R.x and S."""
        secret = self.scalar(b"novate signing key 1\0", seed)
        nonces = hashlib.sha512(b"novate nonce key 1\0" + seed).digest()[:32]
        cells = b"".join(cell.to_bytes(32, "big") for cell in message)
        for attempt in range(256):
            nonce = self.scalar(b"novate nonce 1\0", nonces, bytes([attempt]), cells)
            r_x = self.times(self.base, nonce)[0]
            h = self.hash(r_x, x, *message)
            if h < self.bound:
                return r_x, (nonce + (h % 2**126 + SHIFT) * secret) % self.order
        raise ArithmeticError("no attempt is left")

    def verify(self, key: tuple, message: list, r_x: int, s: int) -> bool:
        """S B - e* A has the x of R; the key is in the subgroup."""
        h = self.hash(r_x, key[0], *message)
        x, y = self.times(key, (h % 2**126 + SHIFT) % self.order)
        left, up = self.times(self.base, s)
        point = self.add((left, up, 1, left * up % self.p), (-x % self.p, y, 1, -x * y % self.p))
        inverse = pow(point[2], -1, self.p)
        same = point[0] * inverse % self.p == r_x and (point[0], point[1] * inverse % self.p) != (0, 1)
        if key not in self.keys:
            self.keys[key] = self.times(key, self.order) == (0, 1)
        return same and s < self.order and h < self.bound and self.keys[key]


def pack(parts: list, values: dict) -> int:
    """Parts from the lowest bit up."""
    total = shift = 0
    for part in parts:
        assert 0 <= values[part["name"]] < 2 ** part["bits"], part
        total += values[part["name"]] << shift
        shift += part["bits"]
    return total


def message_of(domain: dict, digest: int, kind: str, values: dict) -> list:
    """The cells that follow R.x and A.x."""
    layout = next(entry for entry in domain["kinds"] if entry["kind"] == kind)
    values = {**values, "kind": layout["number"]}
    if kind == "report":
        values |= {"account": values["reporter"], "lane": 0, "counter": 0}
    word = pack([*layout["head"], *layout["body"]], values)
    if kind == "sheet":
        cells = [0] * 12
        for place, item in enumerate(values["items"]):
            bits = 2 * pack(domain[f"{item['kind']}_item"], item) + (item["kind"] == "cancel")
            cells[place // 2] += bits << (126 * (place % 2))
        message = [digest, word, *cells]
    elif kind == "report":
        message = [digest, word, 0, 0, 0, 0]
        for place, price in enumerate(values["prices"]):
            message[2 + place // 7] += price << (36 * (place % 7))
    else:
        message = [word, digest]
    assert len(message) + 2 == layout["width"], kind
    return message


def main(domain_file: str, vectors_file: str) -> None:
    """Every domain and every case."""
    domain, vectors = (json.loads(Path(path).read_text()) for path in (domain_file, vectors_file))
    scheme = Scheme(domain, vectors["poseidon2"])
    tag = int.from_bytes(b"Novate", "big")
    digests = {}
    for known in (*vectors["domains"], {**domain, "contract": domain["verifying_contract"]}):
        found = scheme.hash(tag, known["chain_id"], int(known["contract"], 16), known["version"])
        assert found == int(known["digest"], 16), known["name"]
        digests[known["name"]] = found
    for case in vectors["cases"]:
        message = message_of(domain, digests[case["domain"]], case["kind"], case["values"])
        assert [hex(cell) for cell in message] == case["message"], case["name"]
        key = tuple(int(cell, 16) for cell in case["key"])
        signature = scheme.sign(bytes.fromhex(case["seed"]), key[0], message)
        assert [hex(part) for part in signature] == case["signature"], case["name"]
        if ":" not in case["name"] or "key" in case["name"]:
            assert scheme.verify(key, message, *signature), case["name"]
            assert not scheme.verify(key, [message[0] + 1, *message[1:]], *signature), case["name"]
        if "payload" in case:
            assert case["hash"] == "0x" + hashlib.sha256(case["payload"].encode()).hexdigest(), case["name"]
            assert json.loads(case["payload"])["signature"] == list(signature), case["name"]
    print(json.dumps({"cases": len(vectors["cases"]), "domains": len(digests)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
