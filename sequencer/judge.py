"""What a worker says, looked at by the sequencer itself: proofs under the contract's key, refusals rule by rule.

A worker may run on another machine, be broken or lie. Nothing it sends is used for what it claims to be.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from circuits.prover import Checker, Key, Proof, TraceRefused, verify
from rollup.fingerprint import sent_words
from rollup.layout import CLASSES
from sequencer.jobs import JobProblem, JobRefused

PROOF_BYTES = 384
STEPS = ("load", "witness", "solve", "prove", "verify")
LONGEST_STEP = 10.0**6
MOST_MEMORY = 2**50


class KeyName(NamedTuple):
    """A key by the digest of its constraint system and its own."""

    circuit: str
    key: str


class Judge(Protocol):
    """What the desk asks before it believes."""

    names: Mapping[str, KeyName]
    """The key of every size class that is proven here."""

    def verified(self, proof: Proof, words: list[int]) -> Proof:
        """The proof with everything in it that is not proven replaced by what is known here.

        Raises ``JobRefused`` (KEY_MISMATCH, PROOF_REFUSED), and ``ProverError`` where it cannot be checked.
        """
        ...

    def examined(self, trace: Path) -> TraceRefused | None:
        """Why a trace does not prove; None if it does."""
        ...


class KeyFolder:
    """A ``Judge`` by the keys of a folder: gnark's verifier, and the observer that names broken rules."""

    def __init__(self, folder: Path, keys: Sequence[Key]) -> None:
        """``keys`` are those of the contract, one a class."""
        self._folder = folder.absolute()
        self._keys = {key.class_name: key for key in keys}
        self.names = {key.class_name: KeyName(key.system, key.digest) for key in keys}

    def verified(self, proof: Proof, words: list[int]) -> Proof:
        """See ``Judge``. 30 milliseconds, most of them the start of the program."""
        key = self._keys.get(proof.class_name)
        if key is None or (proof.system, proof.key) != (key.system, key.digest):
            raise JobRefused(JobProblem.KEY_MISMATCH, "the proof is under another key", circuit=proof.system)
        if proof.words != words:
            raise JobRefused(JobProblem.PROOF_REFUSED, "the proof is of other public words")
        proof = proof._replace(
            development=key.development,
            constraints=key.constraints,
            sent=sent_words(words, CLASSES[key.class_name]),
        )
        if not verify(proof, self._folder):
            raise JobRefused(JobProblem.PROOF_REFUSED, "the proof does not verify")
        return proof

    def examined(self, trace: Path) -> TraceRefused | None:
        """See ``Judge``. Half a second for class XS, some ten for M."""
        checker = Checker()
        try:
            findings = checker.check(trace)
        except TraceRefused as refused:
            return refused
        finally:
            checker.close()
        if findings.holds:
            return None
        return TraceRefused("UNSATISFIED", "the batch breaks rules of the circuit", findings=findings)


def proof_from(fields: object) -> Proof:
    """A proof as a worker sent it, its form checked and nothing else. Raises ``JobRefused`` (UNREADABLE)."""
    try:
        proof = Proof.from_json(fields)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise JobRefused(JobProblem.UNREADABLE, f"this is no proof: {error!r}") from error
    texts = (proof.class_name, proof.system, proof.key)
    numbers = (proof.sponge, proof.challenge, proof.fold, proof.constraints, proof.peak_rss_bytes)
    lists = (proof.words, proof.sent)
    is_one = (
        all(type(text) is str for text in texts)
        and all(type(number) is int and number >= 0 for number in numbers)
        and all(type(many) is list and all(type(word) is int and word >= 0 for word in many) for many in lists)
        and type(proof.development) is bool
        and len(proof.proof) == PROOF_BYTES
    )
    if not is_one:
        raise JobRefused(JobProblem.UNREADABLE, "this is no proof: wrong types")
    return proof._replace(seconds=durations(proof.seconds), peak_rss_bytes=min(proof.peak_rss_bytes, MOST_MEMORY))


def durations(fields: object) -> dict[str, float]:
    """Timings of the known steps; what is none is left out, since nothing hangs on them."""
    if not isinstance(fields, Mapping):
        return {}
    known = {step: fields[step] for step in STEPS if type(fields.get(step)) in (int, float)}
    return {step: float(seconds) for step, seconds in known.items() if _is_duration(seconds)}


def _is_duration(seconds: float) -> bool:
    return math.isfinite(seconds) and 0 <= seconds <= LONGEST_STEP
