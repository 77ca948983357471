"""Signatures at the door: many in one call, under the deployment's domain."""

from collections.abc import Sequence
from typing import Protocol

from circuits.native import Signed
from rollup.layout import FIELD
from rollup.refusals import Code, Refused


class Verifier(Protocol):
    """What this package wants from ``circuits.native``."""

    def verify_many(self, claims: Sequence[Signed]) -> list[bool]:
        """Whether each signature holds, exactly as the circuit judges it."""
        ...


class Checker:
    """Signatures of one domain, given by its digest."""

    def __init__(self, verifier: Verifier, domain: int) -> None:
        self._verifier = verifier
        self.domain = domain

    def claim(self, x: int, content) -> Signed:
        """What there is to check: that the key with this x signed the content, which has a signature and a message.

        Raises Refused (BAD_FIELD) where its fields make no message.
        """
        try:
            message = content.message(self.domain)
        except (AttributeError, IndexError, TypeError, ValueError) as wrong:
            raise Refused(Code.BAD_FIELD) from wrong
        if not all(map(_is_cell, message)):
            raise Refused(Code.BAD_FIELD)
        return Signed(x, content.signature, message)

    def check(self, claims: Sequence[Signed]) -> list[bool]:
        """Which of them hold; a signature that is no pair of field elements does not."""
        verdicts = [_is_pair(claim.signature) for claim in claims]
        shaped = [claim for claim, is_shaped in zip(claims, verdicts) if is_shaped]
        answers = iter(self._verifier.verify_many(shaped) if shaped else ())
        return [is_shaped and next(answers) for is_shaped in verdicts]


def _is_pair(signature: Sequence[object]) -> bool:
    return len(signature) == 2 and _is_cell(signature[0]) and _is_cell(signature[1])


def _is_cell(value: object) -> bool:
    return value.__class__ is int and 0 <= value < FIELD
