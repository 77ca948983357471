"""Constraints: of slots by compiling, of pages by what batches of the mixed flow open."""

from collections.abc import Callable
from pathlib import Path
from statistics import mean

from circuits.native import Native
from circuits.prover import table
from novate.bench.accounts import BENCHES, DENSE, SPARSE, spread
from novate.bench.figures import Measured
from novate.bench.filled import full_batches, key, unsigned
from novate.bench.flow import Flow, bench_genesis
from rollup.batch import Batch, Domain
from rollup.engine import Engine
from rollup.layout import SHEET_ITEMS

MEASURED = "M"
"""Size class of the mixed flow."""
BATCHES = 3
"""Full batches whose pages are counted."""
FIXED_PAGES = 2
"""System and market page: every batch opens them."""


def costs(key_folder: Path, say: Callable[[str], None]) -> tuple[Measured, dict]:
    """Figures, and what they were made from."""
    say("one small circuit for each chip")
    measured = table(key_folder)
    slot = measured["costs"]["slot"]
    with Native() as native:
        opened = {}
        for name, among in (("dense", DENSE), ("sparse", SPARSE)):
            say(f"batches of the mixed flow, accounts among {among:,}")
            opened[name] = nodes_per_page(native, among)
    (largest,) = [one for one in measured["classes"] if one["class"] == MEASURED]
    figures = {
        "constraints_per_signature": slot["signatures"],
        "constraints_per_signer": slot["signers"],
        "constraints_per_order": slot["signatures"] + slot["orders"],
        "constraints_per_sheet_order": slot["sheets"] / SHEET_ITEMS + slot["quotes"] + slot["collects"],
        "constraints_per_fill": slot["fills"],
        "constraints_per_page_dense": slot["headers"] + opened["dense"] * slot["nodes"],
        "constraints_per_page_sparse": slot["headers"] + opened["sparse"] * slot["nodes"],
        "constraints_per_margin": measured["costs"]["margin"],
        "constraints_total": largest["constraints"],
    }
    details = {"slots": slot, "nodes_per_page": opened, "total_is_exact": largest["exact"], "class": largest["class"]}
    return {name: round(value, 1) for name, value in figures.items()}, details


def nodes_per_page(native: Native, among: int) -> float:
    """Nodes of the tree that a batch of the mixed flow opens for each page, on class M."""
    bench = BENCHES[MEASURED]
    engine = Engine(bench_genesis(MEASURED, key, bench.markets), Domain(31337, 1), MEASURED)
    flow = Flow(engine, spread(bench.accounts, among), key, unsigned)
    batches = full_batches(engine, native, flow, bench.resting, BATCHES, key, unsigned)
    return mean(share_of(batch) for batch in batches)


def share_of(batch: Batch) -> float:
    """Nodes opened for each page."""
    nodes = sum(count for name, count in batch.used.items() if name.startswith("nodes "))
    return nodes / (batch.used["headers"] + batch.used["books"] + FIXED_PAGES)
