"""Which rule each forgery breaks, for the list of rules and for the test that none is missing."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

from circuits.native import Native
from circuits.prover import Checker
from tests.forgeries.forge import forbid

FORGERIES: dict[str, list[str]] = {}
"""Tests by the rule that their forgery breaks."""
ALONG: dict[str, Sequence[str]] = {}
"""By test, the rules that break along with the one that it is about."""


class Forged(NamedTuple):
    """A forged batch: its trace, what is written over it, and what hints answer.

    ``overrides`` is by path (circuits/trace/override.go), ``lies`` by ``label#occurrence`` of a hint.
    """

    trace: dict
    overrides: Mapping[str, object] = {}
    lies: Mapping[str, Sequence[int]] = {}


def forgery(rule: str, *, along: Sequence[str] = ()) -> Callable:
    """Make a test of a function that takes the native door and returns a ``Forged``: it must break ``rule`` alone.

    The same forgery under two names counts once, so one function names one rule. ``along`` lists rules that no
    batch can keep while it breaks this one: then all of them must break, and the twin has all of them off.
    """

    def declare(make: Callable[[Native], Forged]) -> Callable:
        name = _register(rule, make)
        if along:
            ALONG[name] = along

        @pytest.mark.forgery(rule)
        def test(native: Native, checker: Checker) -> None:
            forbid(checker, (rule, *along), *make(native))

        return _named(test, make)

    return declare


def forgeries(lies: Mapping[str, object]) -> Callable:
    """Make a test for every rule of a mapping: the function takes the native door and what the rule is mapped to."""

    def declare(make: Callable[[Native, object], Forged]) -> Callable:
        for rule in lies:
            _register(rule, make, rule)

        cases = [pytest.param(rule, lie, id=rule, marks=pytest.mark.forgery(rule)) for rule, lie in lies.items()]

        @pytest.mark.parametrize(("rule", "lie"), cases)
        def test(native: Native, checker: Checker, rule: str, lie: object) -> None:
            forbid(checker, (rule,), *make(native, lie))

        return _named(test, make)

    return declare


def compiled(rule: str, *, seen_as: str) -> Callable:
    """Make a test for a rule that only the compiled circuit states: an observer sees ``seen_as`` in its place.

    The twin is the observer's: with ``seen_as`` off nothing else refuses the batch, but the compiled circuit does.
    """

    def declare(make: Callable[[Native], Forged]) -> Callable:
        _register(rule, make)

        @pytest.mark.forgery(rule)
        def test(native: Native, checker: Checker) -> None:
            forged = make(native)
            assert not forged.lies, "hints of a compiled circuit do not lie"
            forbid(checker, (seen_as,), *forged)

        return _named(test, make)

    return declare


def _register(rule: str, make: Callable, case: str | None = None) -> str:
    name = f"{make.__module__.replace('.', '/')}.py::{make.__name__}" + (f"[{case}]" if case else "")
    FORGERIES.setdefault(rule, []).append(name)
    return name


def _named(test: Callable, make: Callable) -> Callable:
    wraps(make)(test)
    del test.__wrapped__  # pytest reads fixtures off the signature of what is wrapped
    return test


def all_forgeries() -> dict[str, list[str]]:
    """Every forgery of every test module here, by rule."""
    here = Path(__file__).parent
    for path in sorted(here.glob("test_*.py")):
        import_module(f"{__package__}.{path.stem}")
    return {rule: sorted(tests) for rule, tests in sorted(FORGERIES.items())}
