"""The record of a run: enough to find its chain again, to check its batches, and to run it once more."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from circuits.prover import Key
from novate import __version__
from novate.feed.market import Market
from novate.replay.plan import Plan
from novate.replay.scale import Scale
from rollup.genesis import Genesis
from verifier.devnet import HARDFORK
from verifier.settlement import Settlement


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record_of(
    plan: Plan, scale: Scale, markets: Sequence[Market], key: Key, settlement: Settlement, genesis: Genesis
) -> dict:
    """Everything that is known before trading begins."""
    return {
        "format": 1,
        "novate": __version__,
        "seed": plan.seed,
        "speed": plan.speed,
        "length": plan.length,
        "scale": scale._asdict(),
        "policy": plan.policy._asdict(),
        "captures": [{"file": path.name, "sha256": file_digest(path)} for path in plan.captures],
        "markets": [described(market) for market in markets],
        "key": {"class": key.class_name, "circuit": key.system, "digest": key.digest, "development": key.development},
        "constraints": key.constraints,
        "chain": {"id": settlement.chain.id, "hardfork": HARDFORK, "settlement": settlement.address},
        "genesis": genesis.to_dict(),
    }


def described(market: Market) -> dict:
    """A market's units, for whoever turns lots and micro-units back into decimals."""
    return {
        "name": market.name,
        "symbol": market.symbol,
        "kind": market.kind.value,
        "lot": str(market.size_decimal(1)),
        "tick": str(market.price_decimal(market.tick_units)),
        "captures": [path.name for path in market.paths],
    }
