"""What tests of ceremonies share."""

import hashlib


def digest_of(transcript: dict) -> str:
    """The transcript's digest, as docs/ceremony.md tells to work it out."""
    lines = [transcript["format"], f"class {transcript['class']} {transcript['class_number']}"]
    lines += [f"system {transcript['system']}", f"constraints {transcript['constraints']}"]
    lines += [f"domain {transcript['domain']}"]
    for phase in (1, 2):
        ended = transcript[f"phase{phase}"]
        lines += ["phase 2 start " + transcript["start"]] if phase == 2 else []
        contributions = enumerate(ended["contributions"], 1)
        lines += [f"phase {phase} contribution {number} {digest}" for number, digest in contributions]
        lines += [f"phase {phase} beacon {ended['beacon']}"]
    lines += [f"key {transcript['key']}"]
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
