"""Batches, all of them public: what they hold, when they got where, and what is needed to check them."""

from collections import Counter
from typing import TYPE_CHECKING

from rollup.layout import (
    CLASSES,
    CLOCK_WORD,
    COUNTS_WORD,
    DEPOSIT_WORD,
    DEPOSIT_WORDS,
    WITHDRAWAL_WORD,
    PublicWord,
    unpack,
)
from sequencer.archive import Archive
from sequencer.gateway import wire
from sequencer.gateway.answers import KINDS
from sequencer.gateway.numbers import amount
from sequencer.gateway.problems import Own, Trouble
from sequencer.gateway.rooms.markets import reporter_price
from sequencer.gateway.routes import Call, Endpoint, Page
from sequencer.gateway.views import cell, line_of, price_of

if TYPE_CHECKING:
    from sequencer.gateway.gateway import Gateway


async def get_batches(gateway: "Gateway", call: Call) -> wire.Batches:
    """Sealed batches, newest first."""
    limit = call.query.limit

    def read(archive: Archive, _) -> list[wire.BatchLine]:
        records = archive.page(call.query.at, limit)
        return [line_of(archive, record, gateway.stage(record.number)) for record in records]

    lines = await gateway.read(read)
    return wire.Batches(lines, str(lines[-1].batch) if len(lines) == limit and lines[-1].batch > 1 else None)


async def get_batch(gateway: "Gateway", call: Call) -> wire.Batch:
    """A batch with everything that is public of it."""
    return await gateway.read(lambda archive, _: _batch(gateway, archive, call.path["batch"]))


def _batch(gateway: "Gateway", archive: Archive, number: int) -> wire.Batch:
    record = archive.batch(number)
    if record is None:
        raise Trouble(Own.BATCH_UNKNOWN, batch=number)
    proof, advance = archive.proof(number), archive.advance(number)
    kinds = Counter(
        KINDS.get(type(receipt.action), type(receipt.action).__name__.lower()) for receipt in archive.receipts(number)
    )
    words, size = record.words, CLASSES[record.size_class]
    deposits, withdrawals = _money(words, size)
    sent = words[: PublicWord.DEPOSITS + DEPOSIT_WORDS * len(deposits)]
    sent += words[size.withdrawal_offset : size.withdrawal_offset + len(withdrawals)]
    domain = gateway.sequencer.deployment.domain
    info = gateway.info.keys.get(record.size_class)
    label = info.label if info else None
    if label is None and proof:
        label = "development" if proof.development else "ceremony"
    clock = unpack(CLOCK_WORD, words[PublicWord.CLOCK])
    return wire.Batch(
        line=line_of(archive, record, gateway.stage(number)),
        actions_by_kind=dict(sorted(kinds.items())),
        used=record.used,
        capacity=size.slots,
        deposits=deposits,
        withdrawals=withdrawals,
        round=clock["round"],
        marks={units.symbol: price_of(units, mark) for units, mark in zip(gateway.units, record.marks)},
        reports=[reporter_price(gateway, report) for report in (advance.reports if advance else ())],
        circuit=info.circuit if info else _prefixed(proof.system) if proof else None,
        key=info.key if info else _prefixed(proof.key) if proof else None,
        key_label=label,
        seconds={
            "execute": round(record.execute_seconds, 3),
            "seal": round(record.seal_seconds, 3),
            **({name: round(value, 3) for name, value in proof.seconds.items()} if proof else {}),
        },
        words=[cell(word) for word in words],
        sent_words=[cell(word) for word in sent],
        proof="0x" + proof.proof.hex() if proof else None,
        chain_id=domain.chain_id,
        contract=f"{domain.contract:#042x}",
        verify=gateway.info.verify.format(batch=number),
    )


def _money(words: list[int], size) -> tuple[list[wire.BatchDeposit], list[wire.BatchWithdrawal]]:
    """Deposits and withdrawals, as the public words have them."""
    counts = unpack(COUNTS_WORD, words[PublicWord.COUNTS])
    first = PublicWord.DEPOSITS
    deposits = [unpack(DEPOSIT_WORD, words[first + DEPOSIT_WORDS * place]) for place in range(counts["deposits"])]
    start = size.withdrawal_offset
    owed = [unpack(WITHDRAWAL_WORD, word) for word in words[start : start + counts["withdrawals"]]]
    return (
        [wire.BatchDeposit(place, one["account"], amount(one["amount"])) for place, one in enumerate(deposits)],
        [wire.BatchWithdrawal(f"{one['owner']:#042x}", amount(one["amount"])) for one in owed],
    )


def _prefixed(digest: str) -> str:
    return digest if digest.startswith("0x") else "0x" + digest


class BatchProof(wire.Wire):
    """A proof as the contract takes it, and the three public inputs of the circuit."""

    batch: int
    proof: wire.Hex
    sponge: wire.Hex
    challenge: wire.Hex
    fold: wire.Hex
    circuit: wire.Hex
    key: wire.Hex


class BatchWords(wire.Wire):
    """Public words: padded to the class, and as they are sent to the contract."""

    batch: int
    size_class: str
    words: list[wire.Hex]
    sent_words: list[wire.Hex]


async def get_proof(gateway: "Gateway", call: Call) -> BatchProof:
    """The proof of a batch, to be checked with the verifying key."""
    number = call.path["batch"]
    proof = await gateway.read(lambda archive, _: archive.proof(number))
    if proof is None:
        raise Trouble(Own.BATCH_UNKNOWN, batch=number)
    inputs = (cell(proof.sponge), cell(proof.challenge), cell(proof.fold))
    return BatchProof(number, "0x" + proof.proof.hex(), *inputs, _prefixed(proof.system), _prefixed(proof.key))


async def get_words(gateway: "Gateway", call: Call) -> BatchWords:
    """The public words of a batch."""
    batch = await gateway.read(lambda archive, _: _batch(gateway, archive, call.path["batch"]))
    return BatchWords(batch.line.batch, batch.line.size_class, batch.words, batch.sent_words)


ENDPOINTS = [
    Endpoint("GET", "/v1/batches", get_batches, wire.Batches, Page, cost="heavy"),
    Endpoint("GET", "/v1/batches/{batch}", get_batch, wire.Batch, cost="heavy"),
    Endpoint("GET", "/v1/batches/{batch}/proof", get_proof, BatchProof),
    Endpoint("GET", "/v1/batches/{batch}/words", get_words, BatchWords),
]
