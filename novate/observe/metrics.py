"""Metrics for Prometheus: names are stable. Counters grow with events, the rest is looked up when somebody asks.

docs/operate.md lists what each means, and which of the usual ones do not apply here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from novate.observe.heads import Head
from novate.observe.liveness import Intervals

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
QUICK = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
SLOW = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


class Now(NamedTuple):
    """What is looked up for one answer: heads, jobs by state, ages of prices by market, and plain numbers by name."""

    heads: Iterable[Head]
    liveness: Mapping[str, Intervals]
    jobs: Mapping[str, int]
    oracle: Mapping[str, float]
    levels: Mapping[str, int]
    plain: Mapping[str, float]


PLAIN = {
    "oldest_unproven_seconds": "Age of the oldest sealed batch without a proof.",
    "waiting_actions": "Actions that were submitted and not answered yet.",
    "mode": "0 normal, 1 reduced, 2 halted.",
    "chain_trouble": "1 while the last look at the chain led nowhere.",
    "chain_age_seconds": "Since the chain was last seen without trouble.",
    "l1_base_fee": "Of the latest block that was looked at, wei a unit of gas.",
    "ws_clients": "Open sockets of the API.",
    "ws_lag_messages": "Messages that wait for the slowest reader.",
    "prover_busy_ratio": "Share of the last minutes in which some batch was being proven.",
    "journal_sequence": "Last durable record.",
    "log_lines_missing": "Lines that could not be logged since the last one that could.",
    "disk_free_bytes": "Left on the disk of the journal.",
}
"""Gauges that are one number."""


class Looked(Collector):
    """Gauges that are looked up when they are asked for."""

    def __init__(self, look: Callable[[], Now]) -> None:
        self._look = look

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing to look up yet."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """All of them."""
        now = self._look()
        yield by_label("batch_head", "Last batch that reached a stage.", "stage", {h.stage: h.batch for h in now.heads})
        ages = {head.stage: head.age for head in now.heads}
        yield by_label("batch_age_seconds", "Age of the oldest batch that has yet to reach a stage.", "stage", ages)
        limits = {head.stage: head.limit for head in now.heads}
        yield by_label("batch_age_limit_seconds", "What that age should stay within.", "stage", limits)
        jobs = GaugeMetricFamily("proof_jobs", "Jobs of the provers.", labels=("state", "kind"))
        for state, count in now.jobs.items():
            jobs.add_metric((state, "batch"), count)
        yield jobs
        yield by_label(
            "oracle_age_seconds",
            "Age of the price that margin is measured at; +Inf if there was none.",
            "feed",
            now.oracle,
        )
        yield by_label("book_levels", "Price levels of both sides of a book.", "market", now.levels)
        yield from lively(now.liveness)
        for name, text in PLAIN.items():
            if name in now.plain:
                yield GaugeMetricFamily(name, text, value=now.plain[name])


def by_label(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """A gauge with one label."""
    family = GaugeMetricFamily(name, text, labels=(label,))
    for value, number in values.items():
        family.add_metric((value,), number)
    return family


def lively(found: Mapping[str, Intervals]) -> Iterable[GaugeMetricFamily]:
    """The series of liveness."""
    text = "Seconds between neighbours, of the last batches; open is the one since the last."
    family = GaugeMetricFamily("liveness_interval_seconds", text, labels=("series", "of"))
    for series, one in found.items():
        kinds = {"average": one.average, "minimum": one.shortest, "maximum": one.longest, "open": one.open}
        for kind, seconds in kinds.items():
            family.add_metric((series, kind), seconds)
    yield family
    odd = {series: len(one.anomalies) for series, one in found.items()}
    yield by_label(
        "liveness_anomalies", "Waits of sealed batches beyond three deviations, in the last hour.", "series", odd
    )


class Metrics:
    """All metrics of the sequencer's process. For several threads."""

    def __init__(self, look: Callable[[], Now]) -> None:
        disable_created_metrics()
        self.registry = CollectorRegistry()
        own = {"registry": self.registry}
        self.actions = Counter("actions", "Actions that were sequenced.", ("type", "outcome"), **own)
        self.trades = Counter("fills", "Fills.", **own)
        self.sequence_latency = Histogram(
            "sequence_latency_seconds", "From submission to acknowledgement.", buckets=QUICK, **own
        )
        self.match_latency = Histogram(
            "match_latency_seconds", "Mean time in which a batch's actions were applied.", buckets=QUICK, **own
        )
        self.batch_actions = Histogram(
            "batch_actions", "Actions of a batch.", buckets=(1, 10, 30, 100, 300, 1000, 3000), **own
        )
        self.batch_bytes = Histogram(
            "batch_bytes", "Public words that a batch posts.", buckets=(1e3, 3e3, 1e4, 3e4, 1e5), **own
        )
        self.stage_seconds = Histogram(
            "batch_stage_seconds", "From sealing to a stage.", ("stage",), buckets=SLOW, **own
        )
        self.witness = Histogram("witness_seconds", "Making of a witness.", buckets=SLOW, **own)
        self.prove = Histogram("prove_seconds", "A proof, witness included.", buckets=SLOW, **own)
        self.attempts = Counter("proof_attempts", "Attempts at proofs that ended.", ("result",), **own)
        self.gas = Gauge("verify_gas", "Gas of the last transaction.", ("call",), **own)
        self.rewinds = Counter("rewinds", "Batches' sequencing undone and made again.", ("reason",), **own)
        self.mismatches = Counter("state_root_mismatch", "Roots that differ: page on any.", **own)
        self.faults = Counter("faults", "Steps down of the mode.", ("mode", "reason"), **own)
        self.registry.register(Looked(look))

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)
