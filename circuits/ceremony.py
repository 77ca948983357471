"""The door to ceremonies: keys that several people make, none of whom can prove what is not so; docs/ceremony.md.

Files are gnark's, kept and verified by the prover's program. A ceremony lives in a folder of its own that contributors
pass on; whoever has the folder can verify all of it.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from circuits.keyfolder import pins
from circuits.prover import followed
from circuits.records import Key, Progress, ProverError

REHEARSAL = "rehearsal"
"""In place of a size class: a circuit of a few constraints, to try people, machines and commands."""

ABOUT = "ceremony.json"
"""What a folder's ceremony is for."""

Told = Callable[[Progress], None] | None
"""What hears of progress."""


class Step(NamedTuple):
    """A file of a ceremony: the beginning of phase 2 (step 0), or a contribution."""

    phase: int
    step: int
    digest: str
    """SHA-256 of the file: what a contributor publishes."""
    file: str


class Verified(NamedTuple):
    """A ceremony of which every file was checked from the beginning."""

    class_name: str
    system: str
    """Digest of the circuit, as the sources at hand compile to it once phase 1 has ended."""
    phase: int
    """That takes contributions; 3 if none does."""
    contributions: list[Step]
    transcript: dict | None
    """What was done, with its ``digest``, once both phases have ended."""


class Finished(NamedTuple):
    """The end of a phase: where phase 2 begins, or keys and their transcript."""

    start: Step | None = None
    key: Key | None = None
    transcript: dict | None = None
    trial: dict | None = None
    """A proof under the keys of a rehearsal: ``proof`` in hexadecimal and its three ``inputs``."""


def begin(class_name: str, folder: Path, progress: Told = None) -> dict:
    """Begin a ceremony for a class's circuit: class, system, constraints, domain. Raises ``ProverError``."""
    return _hold("begin", folder, progress, "--circuit", class_name)


def contribute(folder: Path, progress: Told = None) -> Step:
    """Add a contribution to the phase that takes them, once the one before it is verified.

    The secrets come from the operating system and end with the program. Raises ``ProverError``.
    """
    check_circuit(folder)
    return Step(**_hold("contribute", folder, progress))


def verify(folder: Path, progress: Told = None, expect: Sequence[str] = ()) -> Verified:
    """Check every file from the beginning, and that digests which were published are among them.

    Raises ``ProverError`` with the file that is refused, or with the digest that is not there (CEREMONY_LACKS).
    """
    check_circuit(folder)
    found = _hold("verify", folder, progress, "--expect", ",".join(expect))
    steps = [Step(**step) for step in found["contributions"] or ()]
    return Verified(found["class"], found["system"], found["phase"], steps, found.get("transcript"))


def finish(folder: Path, beacon: str, key_dir: Path, progress: Told = None) -> Finished:
    """End the phase that takes contributions with a beacon; the second one's end writes keys into a folder.

    Raises ``ProverError``.
    """
    check_circuit(folder)
    done = _hold("finish", folder, progress, "--beacon", beacon, "--dir", str(key_dir))
    if "record" in done:
        return Finished(None, Key.from_json(done["record"]), done["transcript"], done.get("trial"))
    return Finished(Step(**done["start"]))


def check_circuit(folder: Path) -> None:
    """Before minutes of work: the folder's circuit is the one of its class in these sources.

    Raises ``ProverError`` (CEREMONY_MISMATCH). What else is wrong with the folder the prover's program says.
    """
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        about = json.loads((folder / ABOUT).read_bytes())
        pinned = pins().get(about["class"])
        if pinned and about["system"] != pinned:
            reason = f"the ceremony is for circuit {about['system']}, these sources' {about['class']} is {pinned}"
            raise ProverError("CEREMONY_MISMATCH", reason, str(folder / ABOUT))


def _hold(part: str, folder: Path, progress: Told, *arguments: str) -> dict:
    return followed(["ceremony", part, "--folder", str(folder), *arguments], progress)
