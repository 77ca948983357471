"""A Go program that answers JSON lines: started, asked, found dead, stopped."""

import json
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Sequence

from circuits.build import program

KEPT_LINES = 50
"""Lines of a program's standard error that are kept to explain its death."""


class Died(Exception):
    """The program ended before it answered; ``returncode`` and the last lines it wrote to standard error."""

    def __init__(self, returncode: int, tail: Sequence[str]) -> None:
        super().__init__(returncode)
        self.returncode = returncode
        self.tail = tuple(tail)


class LineProcess:
    """One run of ``prover`` with its standard input and output as JSON lines.

    It ends with its input, so it never outlives this process. Not for several threads at once.
    """

    def __init__(self, arguments: Sequence[str], environment: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [str(program("prover")), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            text=True,
            encoding="utf-8",
        )
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._tail: deque[str] = deque(maxlen=KEPT_LINES)
        self._readers = [self._read(self._collect_answers), self._read(self._collect_tail)]

    @staticmethod
    def _read(work) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def _collect_answers(self) -> None:
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _collect_tail(self) -> None:
        for line in self._process.stderr:
            self._tail.append(line.rstrip("\n"))

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ask(self, question: dict) -> None:
        """Send one line; raises ``Died``."""
        try:
            self._process.stdin.write(json.dumps(question, separators=(",", ":")) + "\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise self._death() from error

    def answer(self, timeout: float | None = None) -> dict:
        """The next line; raises ``Died``, or ``TimeoutError`` after so many seconds."""
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no answer within {timeout} seconds") from None
        if line is None:
            self._answers.put(None)
            raise self._death()
        return json.loads(line)

    def answers(self, timeout: float | None = None) -> Iterator[dict]:
        """Lines as they come; each may take ``timeout`` seconds."""
        while True:
            yield self.answer(timeout)

    def _death(self) -> Died:
        returncode = self._process.wait()
        self._readers[1].join(timeout=1)
        return Died(returncode, self._tail)

    def stop(self) -> None:
        """End the process now, whatever it is at."""
        self._process.kill()
        self._process.wait()
        for thread in self._readers:
            thread.join(timeout=1)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            stream.close()
