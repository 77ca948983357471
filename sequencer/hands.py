"""Steps by hand: which batches may be committed, proven and settled, where that waits for somebody's word."""

import threading

COMMIT, PROVE, SETTLE = STEPS = ("commit", "prove", "settle")


class Hands:
    """Everything goes on by itself, or, ``by_hand``, what was released does. For several threads.

    What was released is in memory alone: after a start it is asked for again.
    """

    def __init__(self, by_hand: bool = False) -> None:
        self.by_hand = by_hand
        self._released: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def may(self, step: str, batch: int) -> bool:
        """Whether a batch may take a step."""
        with self._lock:
            return not self.by_hand or (step, batch) in self._released

    def release(self, step: str, batch: int) -> None:
        """Let a batch take a step. Raises ValueError for a step that there is not."""
        if step not in STEPS:
            raise ValueError(step)
        with self._lock:
            self._released.add((step, batch))

    def take_back(self, first: int) -> None:
        """Batches from ``first`` on are others from here on: they wait for a word of their own."""
        with self._lock:
            self._released = {(step, batch) for step, batch in self._released if batch < first}
