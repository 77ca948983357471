"""Signing vectors of the API, made by the twins alone: ``python -m tests.twins.api_vectors`` rewrites the file.

``tests/vectors/api.json`` is for whoever signs without our software: every kind of message, every field at 0, 1 and its
largest value, sheets of none, one and 24 items, several domains. Widths are written out here once more, from the pages
and not from the layout, so that a change of either shows. Integers of the field are hexadecimal.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.twins import curve, poseidon2, schnorr

FILE = Path(__file__).resolve().parent.parent / "vectors" / "api.json"
TAG = 0x4E6F76617465
HEAD = (("kind", 4), ("account", 24), ("lane", 3), ("counter", 48))
NUMBERS = {"place": 1, "cancel": 2, "cancel_all": 3, "transfer": 4, "withdraw": 5, "sheet": 6, "report": 7, "read": 8}
BODIES = {
    "place": (
        ("market", 12),
        ("side", 1),
        ("tif", 2),
        ("post_only", 1),
        ("reduce_only", 1),
        ("price", 36),
        ("size", 48),
        ("expiry", 36),
        ("client", 24),
    ),
    "cancel": (("market", 12), ("side", 1), ("slot", 24), ("epoch", 36), ("index", 24), ("expiry", 36)),
    "cancel_all": (("market", 12), ("expiry", 36)),
    "transfer": (("to", 24), ("amount", 60), ("expiry", 36)),
    "withdraw": (("amount", 60), ("expiry", 36)),
    "sheet": (("market", 12), ("replace", 1), ("expiry", 36)),
    "report": (("round", 36),),
    "read": (("expiry", 36),),
}
ITEMS = {
    "place": (("side", 1), ("tif", 2), ("post_only", 1), ("reduce_only", 1), ("price", 36), ("size", 48)),
    "cancel": (("side", 1), ("slot", 24), ("epoch", 36), ("index", 24)),
}
PRICE_BITS, PRICES_A_CELL, MARKETS = 36, 7, 8
USUAL = {
    "account": 7,
    "lane": 2,
    "counter": 1_750_000_000_123,
    "market": 1,
    "side": 1,
    "tif": 0,
    "post_only": 1,
    "reduce_only": 0,
    "price": 60_123_400,
    "size": 2_500,
    "expiry": 1_750_086_400,
    "client": 42,
    "slot": 67,
    "epoch": 3,
    "index": 11,
    "to": 9,
    "amount": 1_500_000_000,
    "replace": 1,
    "round": 1_750_000_000,
}
DOMAINS = (
    ("mainnet", 1, 0xC0FFEE, 1),
    ("development", 31337, 0x5FBDB2315678AFECB367F032D93F642F64180AA3, 1),
    ("largest", 2**64 - 1, 2**160 - 1, 1),
)
OTHER_DOMAINS = (("zeros", 0, 0, 0), ("second version", 1, 0xC0FFEE, 2), ("another chain", 10, 0xC0FFEE, 1))
SEEDS = (bytes(range(32)), bytes(32), b"\xff" * 32)


@cache
def digest(chain_id: int, contract: int, version: int) -> int:
    """D of a domain."""
    return poseidon2.compress(TAG, chain_id, contract, version)


def pack(fields: tuple, values: dict) -> int:
    """Fields from the lowest bit up."""
    total = shift = 0
    for name, bits in fields:
        assert 0 <= values[name] < 2**bits, name
        total += values[name] << shift
        shift += bits
    return total


def word(kind: str, values: dict) -> int:
    """Head and body."""
    return pack((*HEAD, *BODIES[kind]), {**values, "kind": NUMBERS[kind]})


def message(kind: str, values: dict, domain: int) -> tuple[int, ...]:
    """The cells after R.x and A.x."""
    if kind == "sheet":
        cells = [0] * 12
        for place, item in enumerate(values["items"]):
            bits = 2 * pack(ITEMS[item["kind"]], item) + (item["kind"] == "cancel")
            cells[place // 2] += bits << (126 * (place % 2))
        return (domain, word(kind, values), *cells)
    if kind == "report":
        head = {"account": values["reporter"], "lane": 0, "counter": 0, "round": values["round"]}
        cells = [0] * 4
        for place, price in enumerate(values["prices"]):
            cells[place // PRICES_A_CELL] += price << (PRICE_BITS * (place % PRICES_A_CELL))
        return (domain, word(kind, head), *cells)
    return (word(kind, values), domain)


def fields_of(kind: str) -> tuple:
    """What a message of a kind is made of, but for items and prices."""
    return (*HEAD[1:], *BODIES[kind])


def usual(kind: str) -> dict:
    """A message with nothing special about it."""
    values = {name: USUAL[name] for name, _ in fields_of(kind)}
    return {**values, "items": [usual_item("place")]} if kind == "sheet" else values


def usual_item(kind: str, **other: int) -> dict:
    """An item with nothing special about it."""
    return {"kind": kind, **{name: USUAL[name] for name, _ in ITEMS[kind]}, **other}


def edges(bits: int) -> tuple[tuple[str, int], ...]:
    """0, 1 and the largest value."""
    return (("0", 0), ("1", 1), ("largest", 2**bits - 1)) if bits > 1 else (("0", 0), ("1", 1))


def messages() -> Iterator[tuple[str, str, dict]]:
    """Name, kind and values of every case."""
    for kind in ("place", "cancel", "cancel_all", "transfer", "withdraw", "sheet"):
        yield f"{kind}", kind, usual(kind)
        for name, bits in fields_of(kind):
            for what, value in edges(bits):
                yield f"{kind}: {name} {what}", kind, {**usual(kind), name: value}
    yield from sheets()
    yield from reports()
    for name in ("account", "expiry"):
        bits = dict(fields_of("read"))[name]
        for what, value in edges(bits):
            yield f"read: {name} {what}", "read", {**usual("read"), "lane": 0, "counter": 0, name: value}


def sheets() -> Iterator[tuple[str, str, dict]]:
    """Sheets by their items."""
    for kind, fields in ITEMS.items():
        for name, bits in fields:
            for what, value in edges(bits):
                items = [usual_item(kind, **{name: value})]
                yield f"sheet: {kind} item, {name} {what}", "sheet", {**usual("sheet"), "items": items}
    largest = [{"kind": kind, **{name: 2**bits - 1 for name, bits in ITEMS[kind]}} for kind in ("place", "cancel")]
    mixed = [
        usual_item("place", price=60_000_000 + 100 * n) if n % 3 else usual_item("cancel", index=n) for n in range(24)
    ]
    for what, items in (
        ("no item", []),
        ("24 items", mixed),
        ("two items, largest", largest),
        ("24 items, largest", largest * 12),
    ):
        yield f"sheet: {what}", "sheet", {**usual("sheet"), "items": items}


def reports() -> Iterator[tuple[str, str, dict]]:
    """Reports of every reporter at the edges, and of every place of a price."""
    prices = [60_000_000, 2_500_000, 0, 0, 0, 0, 0, 0]
    for reporter in (0, 1, 6):
        yield (
            f"report: reporter {reporter}",
            "report",
            {"reporter": reporter, "round": USUAL["round"], "prices": prices},
        )
    for what, value in edges(36):
        yield f"report: round {what}", "report", {"reporter": 3, "round": value, "prices": prices}
    for place in range(MARKETS):
        alone = [2**PRICE_BITS - 2 if place == at else 0 for at in range(MARKETS)]
        yield f"report: largest price of market {place}", "report", {"reporter": 3, "round": 1, "prices": alone}
    yield "report: largest prices", "report", {"reporter": 3, "round": 1, "prices": [2**PRICE_BITS - 2] * MARKETS}


def payload(kind: str, values: dict, signature: tuple[int, int]) -> str:
    """The canonical bytes of an action; its name is their SHA-256."""
    fields: dict[str, object] = {"kind": kind}
    fields |= {name: values[name] for name, _ in fields_of(kind)}
    if kind == "sheet":
        fields["items"] = values["items"]
    fields["signature"] = list(signature)
    if kind == "sheet":
        fields |= {"collects": None, "no_room": None}
    return json.dumps(fields, separators=(",", ":"))


def case(name: str, kind: str, values: dict, domain: tuple, seed: bytes) -> dict:
    """One vector."""
    cells = message(kind, values, digest(*domain[1:]))
    x, y = schnorr.public_key(seed)
    signature = schnorr.sign(seed, cells)
    record = {"name": name, "kind": kind, "domain": domain[0], "seed": seed.hex(), "key": [hex(x), hex(y)]}
    record |= {
        "values": values,
        "message": [hex(cell) for cell in cells],
        "signature": [hex(part) for part in signature],
    }
    if kind == "read":
        plain = {"account": values["account"], "expires": values["expiry"], "signature": record["signature"]}
        text = json.dumps(plain, separators=(",", ":")).encode()
        record["token"] = base64.urlsafe_b64encode(text).decode().rstrip("=")
    elif kind != "report":
        record["payload"] = payload(kind, values, signature)
        record["hash"] = "0x" + hashlib.sha256(record["payload"].encode()).hexdigest()
    return record


def plan() -> Iterator[tuple]:
    """Arguments of every case: all of them once, and the plain ones under every domain and key."""
    for name, kind, values in messages():
        yield name, kind, values, DOMAINS[1], SEEDS[0]
    for domain in DOMAINS:
        for number, seed in enumerate(SEEDS):
            for kind in ("place", "sheet"):
                yield f"{kind}: domain {domain[0]}, key {number}", kind, usual(kind), domain, seed


def constants(width: int) -> dict:
    """Constants of the hash at a width."""
    found = poseidon2.parameters(width)
    rounds = [[hex(constant) for constant in row] for row in found.constants]
    return {"rounds": rounds, "diagonal": [hex(entry) for entry in found.diagonal]}


def document() -> str:
    """The file's text."""
    domains = [
        {"name": name, "chain_id": chain, "contract": hex(contract), "version": version, "digest": hex(found)}
        for name, chain, contract, version in (*DOMAINS, *OTHER_DOMAINS)
        for found in [digest(chain, contract, version)]
    ]
    scheme = {
        "field": hex(poseidon2.FIELD),
        "subgroup_order": hex(curve.ORDER),
        "base_point": [hex(cell) for cell in curve.BASE],
        "curve_d": hex(curve.D),
        "poseidon2": {str(width): constants(width) for width in (4, 8, 16)},
    }
    cases = ",\n".join(json.dumps(case(*arguments)) for arguments in plan())
    head = json.dumps({**scheme, "domains": domains}, indent=0)
    return f'{head[:-2]},\n"cases": [\n{cases}\n]}}\n'


if __name__ == "__main__":
    FILE.write_text(document())
