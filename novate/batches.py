"""Batches of a run as its journal knows them: listed, told in detail, exported."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from circuits.keyfolder import keys
from novate.errors import NovateError
from novate.home import Run
from novate.replay.outcome import asked, shares
from novate.service.past import ServiceRun
from rollup.layout import CLOCK_WORD, unpack
from sequencer.archive import Archive
from verifier.statement import Deposit, Statement, Withdrawal

FORMAT = "novate batch 1"
LAST = "last"


class Batches:
    """Reads a run's archive. Use it as a context manager."""

    def __init__(self, run: Run | ServiceRun) -> None:
        self._record = run.read()
        self._archive = Archive(run.sequencer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    def numbers(self) -> list[int]:
        """Numbers of the sealed batches."""
        return [record.number for record in self._archive.batches()]

    def checked(self, number: int | str) -> int:
        """The number itself, or the last one's; raises ``NovateError`` (NO_BATCH)."""
        known = self.numbers()
        if number == LAST and known:
            return known[-1]
        if number not in known:
            raise NovateError("NO_BATCH", f"the run has no batch {number}", sealed=len(known))
        return int(number)

    def stage(self, number: int) -> str:
        """How far a batch got."""
        sent, job = self._archive.settlement(number), self._archive.job(number)
        if sent.settle:
            return "settled"
        state = job.state if job else "sealed"
        return state if state != "waiting" else "committed" if sent.commit else "sealed"

    def overview(self, number: int) -> dict:
        """A row of the list."""
        record, proof = self._archive.batch(number), self._archive.proof(number)
        return {
            "number": number,
            "stage": self.stage(number),
            "class": record.size_class,
            "actions": asked(self._archive, number),
            "fills": record.fills,
            "deposits": record.used["deposits"],
            "withdrawals": record.used["withdrawals"],
            "prove_seconds": proof.seconds["prove"] if proof else 0.0,
            "gas": sum(self._archive.settlement(number).gas.values()),
            "root_after": hex_of(record.root_after),
        }

    def details(self, number: int) -> dict:
        """Everything but the proof's bytes."""
        record, sent = self._archive.batch(number), self._archive.settlement(number)
        statement = Statement.from_words(record.words)
        share = shares(record.size_class, record.used.items())
        return {
            "batch": number,
            "stage": self.stage(number),
            "class": record.size_class,
            "sealed": datetime.fromtimestamp(record.sealed_at, UTC).isoformat(),
            "sealed_because": record.reason,
            "root_before": hex_of(record.root_before),
            "root_after": hex_of(record.root_after),
            "actions": self._actions(number),
            "fills": record.fills,
            "public_words": self._words(statement),
            "capacities": {name: f"{record.used[name]} ({part:.0%})" for name, part in share.items() if part},
            "proof": self._proof(number),
            "seconds": {"execute": round(record.execute_seconds, 3), "seal": round(record.seal_seconds, 3)},
            "gas": sent.gas,
            "transactions": {"commit": sent.commit, "settle": sent.settle},
            "trace": str(record.trace),
        }

    def _actions(self, number: int) -> dict[str, int]:
        """Actions by kind, as they were acknowledged."""
        kinds = Counter(type(one.receipt.action).__name__.lower() for one in self._archive.acknowledged(number))
        return dict(sorted(kinds.items()))

    def _words(self, statement: Statement) -> dict:
        """The public words, decoded."""
        clock = unpack(CLOCK_WORD, statement.outcome.clock_word)
        names = [market["name"] for market in self._record["markets"]]
        return {
            "chain": statement.chain_id,
            "contract": f"0x{statement.contract:040x}",
            "version": statement.version,
            "clock": clock["clock"],
            "round": clock["round"],
            "priced": bool(clock["priced"]),
            "marks": dict(zip(names, statement.outcome.prices)),
            "deposits": list(map(deposit, statement.deposits)),
            "withdrawals": list(map(withdrawal, statement.withdrawals)),
        }

    def _proof(self, number: int) -> dict | None:
        """What a proof is and what it took."""
        proof = self._archive.proof(number)
        if proof is None:
            return None
        return {
            "constraints": proof.constraints,
            "circuit": proof.system,
            "key": proof.key,
            "development": proof.development,
            "seconds": {name: round(value, 3) for name, value in proof.seconds.items()},
            "peak_mib": proof.peak_rss_bytes // 2**20,
        }

    def export(self, number: int, key_folder: Path) -> dict:
        """A batch for others to check; raises ``NovateError`` (NOT_PROVEN, KEY_MISSING)."""
        proof = self._archive.proof(number)
        if proof is None:
            raise NovateError("NOT_PROVEN", f"batch {number} has no proof yet", stage=self.stage(number))
        key = next((key for key in keys(key_folder) if key.digest == proof.key), None)
        if key is None:
            raise NovateError("KEY_MISSING", "the key that proved it is gone", key=proof.key, folder=str(key_folder))
        sent = self._archive.settlement(number)
        return {
            "format": FORMAT,
            "batch": number,
            "chain": self._record["chain"],
            "transactions": {"commit": sent.commit, "settle": sent.settle},
            "proof": proof.to_json(),
            "key": key.points,
        }


def hex_of(root: int) -> str:
    """A root in hexadecimal digits."""
    return f"0x{root:064x}"


def deposit(entry: Deposit) -> dict:
    """A deposit's words, decoded."""
    return {"account": entry.account, "amount": entry.amount, "new": bool(entry.key)}


def withdrawal(entry: Withdrawal) -> dict:
    """A withdrawal's word, decoded."""
    return {"owner": f"0x{entry.owner:040x}", "amount": entry.amount}
