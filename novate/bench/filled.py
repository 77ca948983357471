"""Full batches of a flow, by the engine alone: nothing is journaled, nothing proven."""

from collections.abc import Callable

from circuits.native import Native
from novate.bench.flow import Flow, Signer
from rollup.batch import Batch
from rollup.engine import Engine
from rollup.refusals import Ending, Full

CLOCK = 1_700_000_000


def key(seed: int) -> Signer:
    """No key at all, where nobody checks signatures."""
    return Signer(seed, 2 * seed + 1, 2 * seed + 2)


def unsigned(action: object, signer: Signer) -> object:
    """The action as it is, where nobody checks signatures."""
    return action


def full_batches(
    engine: Engine,
    native: Native,
    flow: Flow,
    resting: int,
    count: int,
    keys: Callable[[int], Signer],
    sign: Callable[[object, Signer], object],
) -> list[Batch]:
    """Deposits, orders to fill the books, then so many full batches, which are returned.

    Void orders are collected as they arise. Ten seconds lie between two batches.
    """
    clock = CLOCK
    engine.advance(clock, flow.reports(clock, keys, sign))
    batches = []

    def sealed() -> None:
        nonlocal clock
        batches.append(engine.seal(native))
        clock += 10
        engine.advance(clock, flow.reports(clock, keys, sign))

    def apply(action: object) -> None:
        try:
            receipt = engine.apply(action)
        except Full:
            sealed()
            receipt = engine.apply(action)
        flow.note(receipt)
        collect(sum(ended.ending is Ending.VOID for ended in receipt.ended))

    def collect(limit: int) -> None:
        for found in engine.collectable(limit) if limit else ():
            try:
                engine.apply(found)
            except Full:
                return

    for action in flow.deposits():
        apply(action)
    for action in flow.resting(resting):
        apply(action)
    sealed()
    before = len(batches)
    while len(batches) < before + count:
        for action in flow.actions(1):
            apply(action)
    return batches[before:]
