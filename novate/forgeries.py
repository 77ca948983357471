"""Which test forges which rule: read from the sources of the tests, where a clone has them.

Python forgeries declare their rule by ``@forgery("rule")``; Go's tests of chips name the rules that they break as whole
strings. Both are found without running them.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from novate.tools import PACKAGES

DECORATOR = "forgery"
GO_STRING = re.compile(r'"([^"\\\n]+)"')


def forgeries(clone: Path = PACKAGES) -> dict[str, list[str]]:
    """Tests by the rule that they break; empty where there are no tests, as in an installed package."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((clone / "tests" / "forgeries").rglob("test_*.py")):
        for rule, name in declared(ast.parse(path.read_text())):
            found[rule].append(f"{path.relative_to(clone).as_posix()}::{name}")
    for path in sorted((clone / "circuits").rglob("*_test.go")):
        for rule in sorted(set(GO_STRING.findall(path.read_text()))):
            if ": " in rule:
                found[rule].append(path.relative_to(clone).as_posix())
    return dict(found)


def declared(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Rule and test of every forgery that a module declares."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            is_forgery = isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == DECORATOR
            if is_forgery and decorator.args and isinstance(decorator.args[0], ast.Constant):
                yield decorator.args[0].value, node.name
