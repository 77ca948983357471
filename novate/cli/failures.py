"""Refusals of every package as the command line tells them: code, sentence, numbers, fix and exit code."""

import errno

from novate.errors import Exit, NovateError

EXITS = {
    "ProofRefused": Exit.VERIFICATION_FAILED,
    "ChainUnreachable": Exit.UNREACHABLE,
    "BuildError": Exit.UNREACHABLE,
    "OSError": Exit.UNREACHABLE,
}
"""Exit codes of other packages' errors, by the name of the class; others exit as a failed check."""
FULL = (errno.ENOSPC, errno.EDQUOT)


def exit_of(error: Exception) -> Exit:
    """Exit code of an error, by its class or the nearest of its ancestors that is listed."""
    if isinstance(error, NovateError):
        return error.exit_code
    return next((EXITS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in EXITS), Exit.FAILED_CHECK)


def told(error: Exception) -> dict[str, object] | None:
    """The error as an object, or None if it is no refusal but a break: those carry no code."""
    if isinstance(error, NovateError):
        return error.as_dict()
    if isinstance(error, OSError) and (error.filename or error.errno in FULL):
        code = "DISK_FULL" if error.errno in FULL else "FILE_UNUSABLE"
        where = f"{error.filename}: " if error.filename else ""
        return {"code": code, "message": f"{where}{error.strerror}", "outcome": "unknown", "details": {}}
    if isinstance(error, RecursionError):
        reason = "something that was read is nested deeper than anything of ours"
        return {"code": "NESTED_TOO_DEEP", "message": reason, "outcome": "rejected", "details": {}}
    code = getattr(error, "code", None)
    name = getattr(code, "name", code)
    if not isinstance(name, str):
        return None
    details = getattr(error, "details", None) or getattr(error, "numbers", None) or {}
    message = getattr(error, "message", None) or str(error)
    return {"code": name, "message": message, "outcome": "rejected", "details": dict(details)}


def sentence(refusal: dict[str, object]) -> str:
    """The refusal for people: the sentence, the numbers, and what mends it."""
    lines = [f"{refusal['code']}: {refusal['message']}"]
    lines += [f"  {name}: {value}" for name, value in refusal["details"].items()]
    if refusal["outcome"] != "rejected":
        lines.append(f"  outcome: {refusal['outcome']}")
    if refusal.get("fix"):
        lines.append(f"  fix: {refusal['fix']}")
    return "\n".join(lines)
