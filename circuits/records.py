"""What the prover answers with: proofs, keys, rules, findings, and its errors."""

from collections.abc import Mapping
from contextlib import suppress
from json import loads
from typing import NamedTuple

from circuits.lines import Died


class ProverError(Exception):
    """The prover cannot do what it was asked.

    ``code`` is stable; ``at`` is a place in a trace, a file or a constraint.
    """

    def __init__(self, code: str, message: str, at: str = "") -> None:
        super().__init__(": ".join(part for part in (code, at, message) if part))
        self.code = code
        self.message = message
        self.at = at
        self.details = {"at": at} if at else {}


class TraceRefused(ProverError):
    """The trace does not prove, and no repetition will make it.

    ``code`` is UNSATISFIED, with the rules that it breaks in ``findings``, or says what is wrong with the trace's form.
    """

    def __init__(self, code: str, message: str, at: str = "", findings: "Findings | None" = None) -> None:
        super().__init__(code, message, at)
        self.findings = findings

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text}: {', '.join(self.findings.broken)}" if self.findings else text


class KeyUnusable(ProverError):
    """KEY_MISSING, KEY_MISMATCH or KEY_CORRUPT: the folder has no key that fits the circuit."""


class ProverDied(ProverError):
    """PROVER_DIED: the process ended, every time it was given the job; or PROVER_TIMEOUT."""


class Findings(NamedTuple):
    """What an observer saw of a witness."""

    broken: dict[str, int]
    """Rules that do not hold, and how often."""
    unbalanced: list[str]
    """Tuples of the bus that do not cancel."""
    unmet: list[str]
    """Lies whose hint never ran."""
    solved: bool | None = None
    """Whether the compiled constraint system accepts the witness; None if it was not asked."""
    refused: str = ""
    """The constraint that does not hold, if it was asked."""

    @property
    def holds(self) -> bool:
        """Every rule holds, and so does the constraint system if it was asked."""
        return not self.broken and not self.unmet and self.solved is not False


class Proof(NamedTuple):
    """A proof and all that is needed to check it, but the key; see docs/keys.md."""

    class_name: str
    system: str
    key: str
    """Digest of the verifying key."""
    development: bool
    constraints: int
    proof: bytes
    """384 bytes, as gnark's MarshalSolidity has them."""
    sponge: int
    challenge: int
    fold: int
    words: list[int]
    """Public words, padded to the class."""
    sent: list[int]
    """Public words that are sent to the contract."""
    seconds: dict[str, float]
    peak_rss_bytes: int

    @classmethod
    def from_json(cls, fields: Mapping) -> "Proof":
        """Read what ``prover prove`` prints."""
        rest = {name: fields[name] for name in cls._fields if name not in ("class_name", "proof")}
        return cls(class_name=fields["class"], proof=bytes.fromhex(fields["proof"]), **rest)

    def to_json(self) -> dict:
        """Undo ``from_json``."""
        fields = self._asdict()
        return {"class": fields.pop("class_name"), **fields, "proof": self.proof.hex()}


class Key(NamedTuple):
    """A verifying key in a folder, and what it is."""

    class_name: str
    class_number: int
    system: str
    """Digest of the constraint system."""
    digest: str
    """Digest of the key."""
    development: bool
    constraints: int
    points: dict
    """Its record: alpha, beta, gamma, delta, base, base_sigma_neg and k; see docs/keys.md."""

    @classmethod
    def from_json(cls, record: Mapping) -> "Key":
        """Read a record."""
        names = ("class_number", "system", "digest", "development", "constraints")
        return cls(record["class"], *(record[name] for name in names), points=dict(record))

    @property
    def label(self) -> str:
        """development, or ceremony."""
        return "development" if self.development else "ceremony"

    @property
    def transcript(self) -> bytes:
        """Digest of the transcript of the ceremony that made the key: zeros for development keys."""
        return bytes.fromhex(self.points.get("transcript", "")) or bytes(32)


class Rule(NamedTuple):
    """A proposition that the circuit states."""

    name: str
    chip: str
    times: int
    """How often it is stated in the class's circuit."""
    constraints: int
    """Direct constraints, all together."""
    forgery: list[str]
    """Tests of a batch that breaks this rule alone."""


class Progress(NamedTuple):
    """What a set-up is at."""

    phase: str
    """load system, compile, load keys, scalars, points or write."""
    fraction: float
    """Done of the phase; 0 then 1 where its steps cannot be counted."""
    seconds: float
    """In this phase."""
    total_seconds: float


OF_THE_PROVER = (
    "USAGE INTERNAL COMMITMENT PROOF_REFUSED SYSTEM_CORRUPT CONTRIBUTION_REFUSED TOO_EARLY BAD_BEACON"
).split()
"""Codes of errors that are no trace's fault, besides those of keys and ceremonies."""


def error_from(fields: Mapping) -> ProverError:
    """The exception for an error that the prover describes."""
    code, message, at = fields["code"], fields["message"], fields.get("at", "")
    if code in ("KEY_MISSING", "KEY_MISMATCH", "KEY_CORRUPT", "KEY_PRECIOUS"):
        return KeyUnusable(code, message, at)
    if code in OF_THE_PROVER or code.startswith("CEREMONY_"):
        return ProverError(code, message, at)
    findings = fields.get("findings")
    return TraceRefused(code, message, at, Findings(**findings) if findings else None)


def error_of_death(died: Died) -> ProverError:
    """Why a process ended: the error it wrote, else its death."""
    for line in reversed(died.tail):
        with suppress(ValueError, TypeError, KeyError):
            return error_from(loads(line)["error"])
    return ProverDied("PROVER_DIED", "\n".join(died.tail[-10:]) or "no last words", at=f"exit code {died.returncode}")
