"""``novate doctor``: what this machine lacks, and what mends it."""

import argparse
from typing import TYPE_CHECKING

from novate.cli.command import Answer, data_argument
from novate.cli.output import GREEN, RED, coloured
from novate.errors import Exit

if TYPE_CHECKING:
    from novate.doctor import Check


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    data_argument(parser, "keys and batches")
    parser.add_argument("--port", type=port_number, default=0, help="port that must be free (any, unless named)")


def port_number(text: str) -> int:
    """A port; raises ``ValueError``, which is a usage error."""
    port = int(text)
    if not 0 <= port < 2**16:
        raise ValueError(port)
    return port


def run(arguments: argparse.Namespace) -> Answer:
    """Look at everything, whatever fails."""
    from novate.doctor import all_checks

    checks = list(all_checks(arguments.data, arguments.port))
    missing = [check for check in checks if not check.holds]
    data = {"ok": not missing, "checks": [check._asdict() for check in checks]}
    return Answer(data, lambda: report(checks), Exit.FAILED_CHECK if missing else Exit.OK)


def report(checks: "list[Check]") -> str:
    """A line a check; below those that fail, the fix."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        mark = coloured("ok  ", GREEN) if check.holds else coloured("FAIL", RED)
        lines.append(f"{mark} {check.name:<{width}}  {check.found}")
        if not check.holds:
            lines += [f"     {'':<{width}}  wanted: {check.wanted}", f"     {'':<{width}}  fix: {check.fix}"]
    return "\n".join(lines)
