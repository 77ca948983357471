"""Write down which test forges which rule: ``python -m tests.forgeries``, after a rule or a forgery has changed."""

import json
from functools import cache
from pathlib import Path

from circuits.prover import FORGERIES, Rule, rules
from tests.forgeries.registry import ALONG, all_forgeries

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rules.md"
HEAD = """# The rules of the circuits

Written by `python -m tests.forgeries`: do not edit. A rule is a proposition about the witness that every honest batch
makes true. Chips are those of `circuits/chips/`; a rule that several chips state stands under the first of them.
*Constraints* are the direct ones of all its statements in class XS; a range has one for each limb, and `bus: ...` one
for each tuple of that tag. The bus itself is one constraint, `bus: balance`.

Each forgery is a whole batch, false in one thing, that breaks this rule and no other, and would be accepted without it.
In a few rows no batch can break the rule alone: those that go *along with* it are named.
"""


@cache
def stated() -> list[Rule]:
    """The rules of the smallest class, which states all there are."""
    return rules("XS")


def registry_text() -> str:
    """What ``circuits/forgeries.json`` holds."""
    return json.dumps(all_forgeries(), indent=1) + "\n"


def page_text() -> str:
    """What ``docs/rules.md`` holds."""
    forgeries = all_forgeries()
    chips: dict[str, list] = {}
    for rule in stated():
        chips.setdefault(rule.chip, []).append(rule)
    lines = [HEAD]
    for chip, its in chips.items():
        lines += [f"\n## {chip}\n", "| rule | stated | constraints | forged by |", "|---|---|---|---|"]
        for rule in its:
            tests = "<br>".join(map(shown, forgeries.get(rule.name, [])))
            lines.append(f"| {rule.name} | {rule.times} | {rule.constraints} | {tests} |")
    return "\n".join(lines) + "\n"


def shown(test: str) -> str:
    """A test without the folder that all of them lie in, and without the rule it is a case of."""
    others = ", ".join(ALONG.get(test, ()))
    return f"`{test.removeprefix('tests/forgeries/').partition('[')[0]}`" + (f" along with {others}" if others else "")


if __name__ == "__main__":
    FORGERIES.write_text(registry_text())
    PAGE.write_text(page_text())
