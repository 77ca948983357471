"""The figures of the services, one function a part. docs/bench.md says what each is."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles

from circuits.native import Native, Signed
from novate.bench.figures import Measured
from novate.bench.service.crowd import Crowd, Sender, bodies, subscribers
from novate.bench.service.kill import rounds_of, wrong
from novate.bench.service.stage import Stage
from novate.bench.service.trader import Connection, Trader, wire
from novate.observe.heads import Times, times
from novate.service.ask import ask
from novate.service.house import deployment_of
from novate.service.listing import kept_genesis
from novate.service.processes import NAMES
from sequencer.bench import age
from sequencer.stages import COMMITTED, PROVEN, SEALED, SETTLED

Say = Callable[[str], None]
Found = tuple[Measured, dict]
CLIENTS, RATE = 10, 20
"""Clients, and orders a second of all of them together."""
SEAL_EVERY = 10
"""Seconds after which a batch is sealed and committed, unless the prover is busy: see ``sequencer.policy``."""
SETTLE_SECONDS = 3600
TOGETHER = 16
"""Orders in one request, where the rate is what counts."""
CHECKED, CHECKED_TOGETHER = 20_000, 512


@contextmanager
def staged(keys: Path, size_class: str, ages: dict | None = None, **options: object) -> Iterator[tuple[Stage, Crowd]]:
    """Services of a class on a folder that is removed in the end, all accounts credited."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="novate-bench-"))) / "home"
        stage = stack.enter_context(Stage(home, keys, size_class, ages, **options))
        crowd = Crowd(stage, stack.enter_context(Native()))
        crowd.wait_for_credit()
        yield stage, crowd


def settle(keys: Path, size_class: str, seconds: float, say: Say) -> Found:
    """From an order to its settlement, and acknowledgements meanwhile: provers work on the same machine."""
    ages = {"age": SEAL_EVERY, "round_interval": SEAL_EVERY, "round_age": SEAL_EVERY}
    with staged(keys, size_class, ages) as (stage, crowd):
        say(f"{RATE} orders a second from {CLIENTS} clients for {seconds:.0f} s")
        traders = [Trader(stage.service, orders, CLIENTS / RATE) for orders in crowd.orders(CLIENTS)]
        for place, trader in enumerate(traders):
            time.sleep(1 / RATE if place else 0)
            trader.start()
        time.sleep(seconds)
        for trader in traders:
            trader.stop()
        told = [one for trader in traders for one in trader.told.values()]
        last = max(one.batch for one in told)
        say(f"{len(told)} orders in {last} batches; waiting for the last one's settlement")
        reached = until_settled(stage, last)
        waits = [(reached.of(SETTLED)[one.batch] - one.sent) / 1000 for one in told]
        commits = [(reached.of(COMMITTED)[one.batch] - one.sent) / 1000 for one in told]
        latencies = sorted(1000 * latency for trader in traders for latency in trader.latencies)
    cuts = quantiles(latencies, n=100, method="inclusive")
    figures = {
        "order_to_settled_seconds": round(median(waits), 1),
        "ack_ms_p50": round(median(latencies), 2),
        "ack_ms_p99": round(cuts[98], 2),
    }
    details = {
        "class": size_class,
        "orders": len(told),
        "batches": last,
        "seconds": seconds,
        "shortest": round(min(waits), 1),
        "longest": round(max(waits), 1),
        "to_committed": {"median": round(median(commits), 1), "longest": round(max(commits), 1)},
        **paces(reached, last),
        "codes": dict(Counter(one.code for one in told)),
        "refused": dict(Counter(error["code"] for trader in traders for error in trader.refused)),
    }
    return figures, details


def until_settled(stage: Stage, batch: int) -> Times:
    """When each batch reached each stage, once this one is settled; raises ``TimeoutError``."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while batch not in (reached := times(stage.folder.sequencer)).of(SETTLED):
        if time.monotonic() > deadline:
            raise TimeoutError(f"batch {batch} is not settled after {SETTLE_SECONDS} s")
        time.sleep(0.5)
    return reached


def paces(reached: Times, last: int) -> dict[str, list[float]]:
    """Seconds from each seal to the next, of each proof from when its prover was free, and from there to settled."""
    sealed, proven, settled = (reached.of(stage) for stage in (SEALED, PROVEN, SETTLED))
    numbers = range(1, last + 1)
    spans = {
        "seals": [sealed[number + 1] - sealed[number] for number in numbers[:-1]],
        "proofs": [proven[number] - max(sealed[number], proven.get(number - 1, 0)) for number in numbers],
        "settlements": [settled[number] - proven[number] for number in numbers],
    }
    return {name: [round(span / 1000, 1) for span in found] for name, found in spans.items()}


def rate(keys: Path, size_class: str, actions: int, say: Say) -> Found:
    """Actions a second through the whole process: API, signatures, engine, journal, feeds; nothing is proven."""
    with staged(keys, size_class, manual=True) as (stage, crowd):
        say(f"{actions:,} orders are signed")
        each = actions // CLIENTS
        requests = [bodies(orders, each, TOGETHER) for orders in crowd.orders(CLIENTS)]
        with subscribers(stage) as readers:
            time.sleep(1.0)
            senders = [Sender(stage.service.api, some) for some in requests]
            began = time.perf_counter()
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
            seconds = time.perf_counter() - began
            time.sleep(0.5)
            messages = sum(reader.messages for reader in readers)
        answered = sum(sender.answered for sender in senders)
        heads = ask(stage.folder, "/operator/status")["heads"]
    refused = Counter(error["code"] for sender in senders for error in sender.refused)
    details = {
        "class": size_class,
        "actions": answered,
        "refused": dict(refused),
        "seconds": round(seconds, 2),
        "together": TOGETHER,
        "connections": CLIENTS,
        "batches": next(head["batch"] for head in heads if head["stage"] == "sealed"),
        "subscribers": len(readers),
        "messages": messages,
    }
    return {"service_actions_per_second": round(answered / seconds, 1)}, details


def checks(say: Say, count: int = CHECKED) -> Found:
    """Signatures checked in a second, as admission does."""
    with Native() as native:
        seeds = [number.to_bytes(32, "big") for number in range(1, 101)]
        keys = native.public_keys(seeds)
        messages = [(number, 1) for number in range(count)]
        owners = [number % len(seeds) for number in range(count)]
        signatures = native.sign_many([(seeds[owner], message) for owner, message in zip(owners, messages)])
        claims = [
            Signed(keys[owner].x, signature, message) for owner, signature, message in zip(owners, signatures, messages)
        ]
        say(f"{count:,} signatures")
        began = time.perf_counter()
        verdicts = []
        for at in range(0, count, CHECKED_TOGETHER):
            verdicts += native.verify_many(claims[at : at + CHECKED_TOGETHER])
        seconds = time.perf_counter() - began
    if not all(verdicts):
        raise AssertionError("an honest signature was refused")
    return {"signature_checks_per_second": round(count / seconds, 1)}, {"count": count, "seconds": round(seconds, 2)}


def kill(keys: Path, rounds: int, say: Say) -> Found:
    """kill -9 rounds, and what is lost after them; raises ``AssertionError`` for anything else that does not hold."""
    with tempfile.TemporaryDirectory(prefix="novate-bench-") as folder:
        done = rounds_of(Path(folder) / "home", keys, rounds, seed=rounds, say=say)
    lost = len(done.found.lost) + len(done.found.changed)
    others = {name: value for name, value in wrong(done.found).items() if name not in ("lost", "changed")}
    if others:
        raise AssertionError(f"after {rounds} rounds: {others}")
    details = done._asdict() | {"found": wrong(done.found), "down": [round(one, 2) for one in done.down]}
    return {"kill_rounds": done.rounds, "lost_actions": lost}, details


def recovery(keys: Path, size_class: str, actions: int, say: Say) -> Found:
    """Seconds from the start of the processes to the first acknowledged order, after a crash with a long journal."""
    with staged(keys, size_class, manual=True) as (stage, crowd):
        orders = crowd.orders(1)[0]
        connection = Connection(stage.service.api)
        for _ in range(200):
            first_order(connection, orders, 60)
        ask(stage.folder, "/operator/batches/seal", {}, 60)
        stage.unattended()
        stage.kill(NAMES)
        say(f"{actions:,} actions are put into the journal")
        with Native() as native:
            deployment = deployment_of(stage.service, kept_genesis(stage.folder))
            last = age(stage.folder.sequencer, deployment, native, actions)
        size = sum(path.stat().st_size for path in stage.folder.sequencer.rglob("*") if path.is_file())
        orders = crowd.orders(1)[0].after(1_000)
        say("start")
        began = time.monotonic()
        stage.start()
        first_order(connection, orders, 600)
        seconds = time.monotonic() - began
        connection.close()
    details = {"class": size_class, "records": last, "bytes": size}
    return {"recovery_seconds": round(seconds, 2)}, details


def first_order(connection: Connection, orders, patience: float) -> None:
    """An order that is acknowledged, however often it has to be sent. Raises ``TimeoutError``."""
    import json

    body = json.dumps({"actions": [wire(orders.next())]}).encode()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            status, answer = connection.ask("POST", "/v1/actions", body)
        except OSError:
            status, answer = 0, {}
        if status == 200 and answer["results"][0]["error"] is None:
            return
        time.sleep(0.02)
    raise TimeoutError(f"no acknowledgement in {patience} s: {answer}")
