"""Records of keys in a folder, and what these sources compile to: read from files alone, without a program of ours."""

import json
from contextlib import suppress
from pathlib import Path

from circuits.records import Key

PINS = Path(__file__).resolve().parent / "digests.json"


def keys(key_dir: Path) -> list[Key]:
    """Records of the keys in a folder, by class and digest; what is no record is left out."""
    found = []
    for path in sorted(Path(key_dir).glob("*-*.json")):
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            found.append(Key.from_json(json.loads(path.read_text())))
    return sorted(found, key=lambda key: (key.class_number, key.system))


def pins() -> dict[str, str]:
    """Digest of every class's circuit, as these sources compile to it."""
    return json.loads(PINS.read_text())
