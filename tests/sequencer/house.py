"""A deployment, keys, signatures and a flow of actions for tests of the sequencer.

Signatures here are keyed hashes: the door asks its verifier and believes it, whatever the scheme. One test of the
whole path uses the real one.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from circuits.native import Signed
from novate.bench.flow import Flow, Signer, bench_genesis
from rollup.batch import Domain
from sequencer.policy import Policy
from sequencer.recovery import Deployment
from sequencer.sequencer import Sequencer
from tests.twins.hasher import QuickHasher

START = 1_700_000_000
HASHER = QuickHasher()
DOMAIN = Domain(31337, 0xC0FFEE)
DIGEST = DOMAIN.digest(HASHER)
CALM = Policy(age=10**9, round_interval=10**9)
"""Nothing but capacity and whoever asks ends a batch."""


def key(seed: int) -> Signer:
    """The key of a seed: x is all that the tests' scheme looks at."""
    return Signer(seed, 1000 + seed, 2000 + seed)


def tag(x: int, r_x: int, message: tuple[int, ...]) -> int:
    """The tests' signature of a message under a key."""
    text = ",".join(map(str, (x, r_x, *message))).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=31).digest())


def sign(action, signer: Signer, domain: int = DIGEST):
    """The action with its signature."""
    r_x = signer.seed + 7
    return action._replace(signature=(r_x, tag(signer.x, r_x, action.message(domain))))


class KeyedHash:
    """Checks the tests' signatures; ``calls`` counts how many came in each call."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def verify_many(self, claims: list[Signed]) -> list[bool]:
        """One verdict each."""
        self.calls.append(len(claims))
        return [s == tag(x, r_x, message) for x, (r_x, s), message in claims]


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def deployment(size_class: str = "S", markets: int = 2) -> Deployment:
    """A deployment of equal markets."""
    return Deployment(bench_genesis(size_class, key, markets), DOMAIN, size_class)


def sequencer(
    directory: Path, clock: Callable[[], int], policy: Policy = CALM, size_class: str = "S", **options
) -> Sequencer:
    """A sequencer that runs, without prover and chain."""
    return Sequencer(directory, deployment(size_class), HASHER, KeyedHash(), policy, clock, **options).start()


def price(
    house: Sequencer, round_: int, prices: tuple[int, ...] = (60_000_000,) * 2, liars: dict | None = None
) -> None:
    """All seven reporters report a round; ``liars`` maps a reporter to other prices."""
    from rollup.actions import Report

    for number in range(7):
        said = (liars or {}).get(number, prices)
        report = Report(number, round_, (*said, *(0,) * (8 - len(said))))
        house.report(sign(report, key(1_000_000 + number)))


def flow(house: Sequencer, accounts: int = 8, seed: int = 1) -> Flow:
    """The mixed flow for a sequencer; it goes on with the nonces that the state holds."""
    source = Flow(house.engine, list(range(1, accounts + 1)), key, sign, seed)
    for account in source._counters:
        held = house.engine.account(account)
        source._counters[account] = held.counters[0] if held else 0
    return source


def fund(house: Sequencer, source: Flow) -> None:
    """Every account's first deposit."""
    futures = [house.deposit(index, deposit) for index, deposit in enumerate(source.deposits())]
    for future in futures:
        future.result(10)


def trade(house: Sequencer, source: Flow, count: int) -> Iterator:
    """Acknowledgements of so many actions of the flow, one at a time."""
    for action in source.actions(count):
        acknowledged = house.submit(action).result(10)
        source.note(acknowledged.receipt)
        yield acknowledged
