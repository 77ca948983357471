"""A key that the reader names, and whether a contract's verifier is built on it.

The reader names it by its record (docs/keys.md), by the transcript of the ceremony that made it (docs/ceremony.md), or
by its digest alone. What the contract has is read out of the verifier's code, byte by byte: its functions could say
anything.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from verifier.chain import Chain
from verifier.compile import contract
from verifier.errors import BadInput, ProofRefused
from verifier.groth16 import VerifyingKey
from verifier.settlement import Settlement

RECORD, TRANSCRIPT = "novate verifying key 1", "novate ceremony 1"
DIGEST = r"(0x)?[0-9a-fA-F]{64}"
WORD = 32
DEVELOPMENT = bytes(WORD)


class Named(NamedTuple):
    """A key as the reader names it.

    ``circuit``, ``size_class`` and ``transcript`` are None where the reader says nothing of them; ``transcript`` is 32
    zeros for a development key. ``source`` is a file's name, or ``digest``.
    """

    digest: str
    source: str
    size_class: str | None = None
    circuit: str | None = None
    transcript: bytes | None = None


class Found(NamedTuple):
    """What a verifier's code is built on."""

    key: VerifyingKey
    digest: str
    transcript: bytes

    @property
    def label(self) -> str:
        """development, or ceremony."""
        return "development" if self.transcript == DEVELOPMENT else "ceremony"


def digest_of(key: VerifyingKey) -> str:
    """The key's name: SHA-256 of its points, as docs/keys.md has it."""
    points = (key.alpha, key.beta, key.gamma, key.delta, key.base, key.base_sigma_neg, *key.k)
    return hashlib.sha256(b"".join(x.to_bytes(WORD, "big") for point in points for x in point)).hexdigest()


def transcript_digest(transcript: Mapping) -> str:
    """SHA-256 of a transcript's lines, as docs/ceremony.md has them. Raises KeyError, TypeError."""
    lines = [transcript["format"], f"class {transcript['class']} {transcript['class_number']}"]
    lines += [f"{name} {transcript[name]}" for name in ("system", "constraints", "domain")]
    for phase in (1, 2):
        ended = transcript[f"phase{phase}"]
        lines += [f"phase 2 start {transcript['start']}"] if phase == 2 else []
        lines += [f"phase {phase} contribution {step} {one}" for step, one in enumerate(ended["contributions"], 1)]
        lines += [f"phase {phase} beacon {ended['beacon']}"]
    lines += [f"key {transcript['key']}"]
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def named(text: str) -> Named:
    """A key by its digest, or by a file that holds its record or its ceremony's transcript.

    Raises ``BadInput``: KEY_RECORD_UNREADABLE for a file that holds neither, KEY_RECORD_FALSE for one that contradicts
    itself.
    """
    if re.fullmatch(DIGEST, text):
        return Named(text.removeprefix("0x").lower(), "digest")
    try:
        fields = json.loads(Path(text).read_bytes())
        about = described(fields)
        return from_record(about, text) if about["format"] == RECORD else from_transcript(about, text)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        reason = f"{text} holds no record of a key and no transcript: {error!r}"
        raise BadInput("KEY_RECORD_UNREADABLE", reason, file=text) from None


def described(fields: Mapping) -> Mapping:
    """The record or transcript in what a command printed: itself, or under the name that it has there."""
    for one in (fields, fields.get("record"), fields.get("transcript"), fields.get("key")):
        if isinstance(one, Mapping) and one.get("format") in (RECORD, TRANSCRIPT):
            return one
    raise KeyError("format")


def from_record(record: Mapping, source: str) -> Named:
    """A record, whose digest must be that of its points."""
    digest = digest_of(VerifyingKey.from_json(dict(record)))
    if digest != record["digest"]:
        raise BadInput("KEY_RECORD_FALSE", "its digest is not that of its points", file=source, points=digest)
    ceremony = bytes.fromhex(record.get("transcript", ""))
    if bool(ceremony) == record["development"] or len(ceremony) not in (0, WORD):
        raise BadInput("KEY_RECORD_FALSE", "either it is for development, or it names a ceremony", file=source)
    return Named(digest, source, record["class"], record["system"], ceremony or DEVELOPMENT)


def from_transcript(transcript: Mapping, source: str) -> Named:
    """A transcript, whose digest must be that of its lines."""
    digest = transcript_digest(transcript)
    if digest != transcript["digest"]:
        raise BadInput("KEY_RECORD_FALSE", "its digest is not that of its lines", file=source, lines=digest)
    return Named(transcript["key"], source, transcript["class"], transcript["system"], bytes.fromhex(digest))


def found(settlement: Settlement, size_class: str) -> Found:
    """What the verifier of a class is built on, out of its code.

    Raises ``ProofRefused`` (CONTRACT_DIFFERS) where settlement contract or verifier are not what our sources compile
    to.
    """
    immutables(settlement.chain, settlement.address, "Settlement")
    address = settlement.verifier(size_class).address
    words = immutables(settlement.chain, address, "Groth16Verifier")
    if len(words) != WORDS or int.from_bytes(words[0], "big") != (words[1] == DEVELOPMENT):
        raise differs("Groth16Verifier", address)
    key = key_of([int.from_bytes(word, "big") for word in words[2:]])
    return Found(key, digest_of(key), words[1])


def immutables(chain: Chain, address: str, name: str) -> list[bytes]:
    """The words behind a contract's code, which were fixed when it was deployed. Raises CONTRACT_DIFFERS."""
    code = bytes(chain.web3.eth.get_code(address))
    ours = bytes.fromhex(contract(name).runtime.removeprefix("0x"))
    if not code.startswith(ours) or (len(code) - len(ours)) % WORD:
        raise differs(name, address)
    return [code[at : at + WORD] for at in range(len(ours), len(code), WORD)]


def differs(name: str, address: str) -> ProofRefused:
    """A contract that is not ours."""
    reason = f"the code at {address} is not what {name}.vy of these sources compiles to"
    return ProofRefused("CONTRACT_DIFFERS", reason, contract=name, address=address)


POINTS = (2, 4, 4, 4, 4, 4)
"""Coordinates of alpha, beta, gamma, delta, base and minus sigma times it; five points of two follow."""
WORDS = 2 + sum(POINTS) + 5 * 2
"""Immutables behind the code: whether the keys are for development, the ceremony, the key."""


def key_of(numbers: list[int]) -> VerifyingKey:
    """The key in the form that the contract's constructor takes."""
    places = iter(numbers)
    points = [tuple(next(places) for _ in range(width)) for width in POINTS]
    return VerifyingKey.from_contract((*points, [(x, next(places)) for x in places]))


def compare(one: Named, has: Found, size_class: str) -> None:
    """Raises ``ProofRefused`` (KEY_DIFFERS, CEREMONY_DIFFERS) where the contract is built on another key.

    ``size_class`` is the class of the verifier that was looked into.
    """
    if one.size_class not in (None, size_class):
        reason = f"the key is of class {one.size_class}, the batch of class {size_class}"
        raise ProofRefused("KEY_DIFFERS", reason, named=one.digest, contract=has.digest)
    if one.digest != has.digest:
        reason = "the contract's verifier is built on another key"
        raise ProofRefused("KEY_DIFFERS", reason, named=one.digest, contract=has.digest, source=one.source)
    if one.transcript not in (None, has.transcript):
        told = {"named": one.transcript.hex(), "contract": has.transcript.hex()}
        raise ProofRefused("CEREMONY_DIFFERS", "the contract names another ceremony", **told)
