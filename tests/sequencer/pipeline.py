"""A prover and a contract that do as they are told, for tests of what happens around them."""

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from circuits.prover import Proof, ProverDied
from rollup.actions import Deposit
from rollup.layout import CLOCK_WORD, PublicWord, unpack
from sequencer.contract import LIES_AHEAD, TOO_LONG_AGO, VOID_NOT_YET, ChainRefused, ChainUnreachable, Heads, Sent
from sequencer.queue import deposits_in, words_of


def proof_of(words: list[int]) -> Proof:
    """A proof in form only."""
    digest = hashlib.sha256(json.dumps(words).encode()).digest()
    return Proof("S", "s", "k", True, 1, digest * 12, 1, 2, 3, words, words[:11], {"prove": 0.1}, 1)


class Script:
    """A prover whose next jobs end as listed: an exception is raised, a function makes the proof out of the words.

    ``gate`` holds every job back while it is closed; a kill ends the one that waits there.
    """

    def __init__(self, *endings) -> None:
        self.endings = deque(endings)
        self.jobs: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self._killed = threading.Event()

    def prove(self, trace: Path, steps=None, timeout=None) -> Proof:
        words = json.loads(trace.read_text())["words"]
        self.jobs.append(words[PublicWord.NUMBER])
        self._killed.clear()
        steps("prove", 0.5)
        while not self.gate.wait(0.01):
            if self._killed.is_set():
                raise ProverDied("PROVER_DIED", "killed")
        ending = self.endings.popleft() if self.endings else proof_of
        if isinstance(ending, Exception):
            raise ending
        return ending(words)

    def kill(self) -> None:
        self._killed.set()


class Contract:
    """What the settlement contract does with commitments, settlements and its queue, without looking at proofs.

    ``faults`` maps a call to what is raised by its next calls; a fault after the effect is written ("after", error).
    """

    window = 300
    patience = 86_400
    many = 4

    def __init__(self, root: int, now) -> None:
        self.roots = [root]
        self.digests: list[bytes] = []
        self.queue: list[tuple[Deposit, int]] = []
        self.block = 0
        self.counts: list[int] = []
        self.together: list[int] = []
        self.cancelled = 0
        self.is_moved = False
        self.undone: set[bytes] = set()
        self.sent: list[tuple[int, bytes]] = []
        self.clocks: dict[bytes, int] = {}
        self.calls: list[tuple[str, int]] = []
        self.faults: dict[str, deque] = {}
        self._now = now

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Nobody sees what happens in between: a reorganisation, or an outage."""
        self.faults["heads"] = deque([LOST] * 10_000)
        time.sleep(0.1)
        yield
        self.is_moved = True
        del self.faults["heads"]

    def _fault(self, call: str):
        faults = self.faults.get(call)
        return faults.popleft() if faults else None

    def heads(self) -> Heads:
        fault = self._fault("heads")
        if fault:
            raise fault
        is_moved, self.is_moved = self.is_moved, False
        return Heads(
            len(self.digests), len(self.roots) - 1, self.roots[-1], self._now(), self._taken(), is_moved=is_moved
        )

    def _taken(self) -> int:
        return sum(self.counts[: len(self.roots) - 1])

    def commitment(self, number: int) -> bytes:
        return self.digests[number - 1]

    def digest(self, words: list[int]) -> bytes:
        return hashlib.sha256(json.dumps(words).encode()).digest()

    def commit(self, batches: list[list[int]]) -> list[Sent]:
        answers = []
        for words in batches:
            try:
                answers.append(self._commit(words))
            except ChainRefused:
                if not answers:
                    raise
                break
        return answers

    def _commit(self, words: list[int]) -> Sent:
        clock = unpack(CLOCK_WORD, words[PublicWord.CLOCK])["clock"]
        if clock > self._now():
            raise ChainRefused(LIES_AHEAD, "commit: T lies ahead")
        if clock + self.window < self._now():
            raise ChainRefused(TOO_LONG_AGO, "commit: T is too long ago")

        self.sent.append((words[PublicWord.NUMBER], self.digest(words)))
        self.clocks[self.digest(words)] = clock

        def effect() -> None:
            del self.counts[len(self.digests) :]
            self.digests.append(self.digest(words))
            self.counts.append(len(deposits_in(words)))

        return self._send("commit", words, effect, len(self.digests) + 1)

    def settle(self, words: list[int], proof: Proof) -> Sent:
        self._check(words, proof, len(self.roots) - 1, self._taken())
        root = words[PublicWord.ROOT_AFTER]
        return self._send("settle", words, lambda: self.roots.append(root), len(self.roots))

    def settle_many(self, batches: list[tuple[list[int], Proof]]) -> Sent:
        fault = self._fault("settle_many")
        if fault:
            raise fault
        taken = self._taken()
        for place, (words, proof) in enumerate(batches):
            self._check(words, proof, len(self.roots) - 1 + place, taken)
            taken += len(deposits_in(words))
        self.together.append(len(batches))
        return [self.settle(*batch) for batch in batches][-1]

    def _check(self, words: list[int], proof: Proof, place: int, taken: int) -> None:
        if proof != proof_of(words) or self.digests[place] != self.digest(words):
            raise ChainRefused("SETTLE_PROOF_REFUSED", "settle: proof refused")
        deposits = deposits_in(words)
        if deposits != [words_of(deposit) for deposit, _ in self.queue[taken : taken + len(deposits)]]:
            raise ChainRefused("SETTLE_NOT_THE_QUEUED_DEPOSITS", "settle: not the queued deposits")

    def void(self, number: int) -> None:
        clock = self.clocks[self.commitment(number)]
        if self._now() <= clock + self.patience:
            raise ChainRefused(VOID_NOT_YET, "void: not yet")
        del self.digests[number - 1 :]
        self.calls.append(("void", number))

    def cancel(self, batch: int) -> None:
        self.cancelled += 1
        self.undone |= {digest for number, digest in self.sent if number > batch}

    def is_undone(self, number: int) -> bool:
        return self.commitment(number) in self.undone

    def link(self, count: int) -> bytes | None:
        if count > len(self.queue):
            return None
        link = bytes(32)
        for deposit, _ in self.queue[:count]:
            link = self.extended(link, words_of(deposit))
        return link

    def extended(self, link: bytes, words) -> bytes:
        return hashlib.sha256(link + repr(words).encode()).digest()

    def _send(self, call: str, words: list[int], effect, due: int) -> Sent:
        number = words[PublicWord.NUMBER]
        fault = self._fault(call)
        if isinstance(fault, Exception):
            raise fault
        if number != due:
            raise ChainRefused(f"{call.upper()}_NOT_THE_NEXT_BATCH", f"{call}: not the next batch")
        effect()
        self.calls.append((call, number))
        self.block += 1
        if fault:
            raise fault[1]
        return Sent(f"0x{len(self.calls):064x}", 100_000)

    def enqueue(self, *deposits: Deposit) -> None:
        """Deposits arrive, each in a block of its own."""
        for deposit in deposits:
            self.block += 1
            self.queue.append((deposit, self.block))

    def deposits(self, taken: int, confirmations: int) -> list[Deposit]:
        return [deposit for deposit, block in self.queue[taken:] if self.block - block + 1 >= confirmations]


LOST = ChainUnreachable("the answer was lost")
