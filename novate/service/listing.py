"""What the services list: recorded markets that ship with the package, their instruments, and who reports prices."""

import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from circuits.native import Native, PublicKey
from novate.data import demo_captures
from novate.errors import NovateError
from novate.feed.capture import survey
from novate.feed.market import Market, base_of, markets_of
from novate.market.listing import listing
from novate.replay.people import BOOK_PAGES, MAX_AGE, ORDER_CAP
from novate.service.folder import PRIVATE, Folder, write_whole
from rollup.genesis import Admission, FeeAccount, Genesis
from rollup.layout import CLASSES, REPORTERS
from sequencer.instruments import Instrument, plain

T = TypeVar("T")

QUOTE = "USD"
FEES = "fees"
"""Name of the fee account's key file."""


def recorded_markets() -> list[Market]:
    """The markets of the recordings that ship with the package."""
    return markets_of([survey(path) for path in demo_captures()])


def instrument(number: int, market: Market) -> Instrument:
    """A recorded market as the API has it."""
    lot = plain(market.size_decimal(1))
    return Instrument(number, market.name, base_of(market.symbol), QUOTE, lot, market.tick_units)


def instrument_json(one: Instrument) -> dict[str, object]:
    """For service.json."""
    return {**one._asdict(), "lot": str(one.lot)}


def described_markets(markets: Sequence[Market]) -> tuple[list[dict], list[dict]]:
    """Markets for people, and their instruments: two fields of service.json."""
    from novate.replay.record import described  # takes seconds to load, which every start of a process would pay

    instruments = [instrument_json(instrument(number, market)) for number, market in enumerate(markets)]
    return [described(market) for market in markets], instruments


def reporter_seeds(folder: Folder) -> list[bytes]:
    """Seeds of the development reporters, made when first asked for. Raises ``NovateError`` (FILE_UNREADABLE)."""
    if not folder.reporters.exists():
        made = [secrets.token_hex(32) for _ in range(REPORTERS)]
        write_whole(folder.reporters, json.dumps(made) + "\n", PRIVATE)
    return _read(folder.reporters, lambda seeds: [bytes.fromhex(seed) for seed in seeds])


def genesis_of(
    markets: Sequence[Market], size_class: str, reporters: Sequence[PublicKey], fee_key: PublicKey, fee_owner: int
) -> Genesis:
    """The deployment of these markets for a size class; ``fee_owner`` is an address as a number."""
    size = CLASSES[size_class]
    return Genesis(
        markets=tuple(listing(market, size.sweep) for market in markets),
        reporters=tuple((key.x, key.y) for key in reporters),
        quorum=size.slots["reports"],
        max_age=MAX_AGE,
        fee_account=FeeAccount(fee_key.x, fee_key.y, fee_owner),
        book_pages=BOOK_PAGES,
        admission=Admission(order_cap=ORDER_CAP),
    ).checked()


def kept_genesis(folder: Folder, genesis: Genesis | None = None) -> Genesis:
    """The deployment out of genesis.json, written first if it is given. Raises ``NovateError`` (FILE_UNREADABLE)."""
    if genesis is not None:
        write_whole(folder.genesis, json.dumps(genesis.to_dict(), indent=1) + "\n")
    return _read(folder.genesis, Genesis.from_dict)


def _read(path: Path, form: Callable[[Any], T]) -> T:
    """A file that ``novate up`` wrote. Raises ``NovateError`` (FILE_UNREADABLE) for one that was changed or is gone."""
    try:
        return form(json.loads(path.read_text()))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{path} is not what 'novate up' wrote: {type(error).__name__}"
        raise NovateError("FILE_UNREADABLE", reason, fix="novate restore", file=str(path)) from None


def seeds_and_keys(folder: Folder, native: Native) -> tuple[list[bytes], list[PublicKey]]:
    """Development reporters: their seeds and their public keys."""
    seeds = reporter_seeds(folder)
    return seeds, native.public_keys(seeds)
