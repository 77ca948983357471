"""Which rule each forgery breaks, for the list of rules and for the test that none is missing."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import NamedTuple

import pytest

from circuits.native import Native
from circuits.prover import Checker
from tests.forgeries.forge import forbid

FORGERIES: dict[str, list[str]] = {}
"""Tests by the rule that their forgery breaks."""


class Forged(NamedTuple):
    """A forged batch: its trace, what is written over it, and what hints answer.

    ``overrides`` is by path (circuits/trace/override.go), ``lies`` by ``label#occurrence`` of a hint.
    """

    trace: dict
    overrides: Mapping[str, object] = {}
    lies: Mapping[str, Sequence[int]] = {}


def forgery(rule: str) -> Callable:
    """Make a test of a function that takes the native door and returns a ``Forged``: it must break ``rule`` alone.

    The same forgery under two names counts once, so one function names one rule.
    """

    def declare(make: Callable[[Native], Forged]) -> Callable:
        FORGERIES.setdefault(rule, []).append(f"{make.__module__.replace('.', '/')}.py::{make.__name__}")

        @pytest.mark.forgery(rule)
        def test(native: Native, checker: Checker) -> None:
            forged = make(native)
            forbid(checker, rule, forged.trace, forged.overrides, forged.lies)

        wraps(make)(test)
        del test.__wrapped__  # pytest reads fixtures off the signature of what is wrapped
        return test

    return declare
