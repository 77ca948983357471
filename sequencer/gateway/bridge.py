"""From the sequencer's threads to the loop: one wake-up for everything that happened since the last one."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future


class Bridge:
    """Calls made on any thread are carried out on the loop, in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple] = deque()
        self._is_called = False

    def call(self, function: Callable, *arguments) -> None:
        """Call the function on the loop."""
        self._waiting.append((function, arguments))
        # Two threads may both find it unset: a wake-up too many does no harm, and none is missed, since the loop
        # unsets it before it looks.
        if not self._is_called:
            self._is_called = True
            try:
                self._loop.call_soon_threadsafe(self._carry_out)
            except RuntimeError:
                return  # the loop is closed: nobody waits any more

    def _carry_out(self) -> None:
        self._is_called = False
        waiting = self._waiting
        while waiting:
            function, arguments = waiting.popleft()
            function(*arguments)

    def when_done(self, future: Future, function: Callable[[Future], None]) -> None:
        """Call the function with the future on the loop once it is done."""
        future.add_done_callback(lambda done: self.call(function, done))

    async def result(self, future: Future, timeout: float):
        """What the future holds. Raises TimeoutError, and what it raises."""
        waiter = self._loop.create_future()
        self.when_done(future, lambda done: waiter.done() or waiter.set_result(done))
        async with asyncio.timeout(timeout):
            done = await waiter
        return done.result()
