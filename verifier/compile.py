"""Our contracts, compiled by the vyper package and kept by the digest of their sources."""

import hashlib
import json
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

CONTRACTS = Path(__file__).resolve().parent / "contracts"
VYPER_VERSION = "0.4.3"


class Contract(NamedTuple):
    """ABI, creation code and runtime code (without immutables) of a contract."""

    abi: list[dict]
    bytecode: str
    runtime: str


def cache_folder() -> Path:
    """``NOVATE_CONTRACTS``, else a folder in the user's cache."""
    if "NOVATE_CONTRACTS" in os.environ:
        return Path(os.environ["NOVATE_CONTRACTS"])
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "novate" / "contracts"


def source_digest() -> str:
    """Digest of the compiler's version and of every contract source, names included."""
    total = hashlib.sha256(VYPER_VERSION.encode())
    for path in sorted(CONTRACTS.rglob("*.vy")):
        content = path.read_bytes()
        total.update(f"{path.relative_to(CONTRACTS)} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


@cache
def contract(name: str, folder: Path | None = None) -> Contract:
    """A contract of ``verifier/contracts``, or of another folder that may import from there."""
    source = (folder or CONTRACTS) / f"{name}.vy"
    kept = cache_folder() / f"{name}-{_digest(source)}.json"
    if kept.exists():
        return Contract(**json.loads(kept.read_text()))
    compiled = _compiled(source)
    kept.parent.mkdir(parents=True, exist_ok=True)
    building = kept.with_suffix(f".{os.getpid()}")
    building.write_text(json.dumps(compiled._asdict()))
    building.replace(kept)
    return compiled


def _digest(source: Path) -> str:
    beside = b"".join(path.read_bytes() for path in sorted(source.parent.glob("*.vy")))
    return hashlib.sha256(source_digest().encode() + beside).hexdigest()[:32]


def _compiled(source: Path) -> Contract:
    # The compiler takes a second to load: only when something changed.
    from vyper.compiler import compile_from_file_input
    from vyper.compiler.input_bundle import FilesystemInputBundle

    snekmate = Path(next(iter(find_spec("snekmate").submodule_search_locations)))
    bundle = FilesystemInputBundle([snekmate.parent, CONTRACTS, source.parent])
    formats = ["abi", "bytecode", "bytecode_runtime"]
    output = compile_from_file_input(bundle.load_file(source.name), input_bundle=bundle, output_formats=formats)
    return Contract(output["abi"], output["bytecode"], output["bytecode_runtime"])
