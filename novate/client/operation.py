"""One definition of every call, for code that waits and for code that awaits.

An operation is written once, as a generator: it yields what has to be done outside (``Exchange``, ``Pause``, ``Work``),
is given the outcome, and returns its answer. ``Client`` runs the generator and gives the answer; ``AsyncClient`` gives
something to await. The types follow: the same signature, and ``T`` or a coroutine of ``T``.
"""

import functools
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, TypeVar, overload

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request to the API; its outcome is a ``Reply`` or ``Lost``. ``timeout`` in seconds."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    timeout: float = 5.0


class Reply(NamedTuple):
    """What the server answered."""

    status: int
    body: bytes


class Lost(NamedTuple):
    """There was no answer; ``sent``: the request may have reached the server all the same."""

    reason: str
    sent: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Time passes; no outcome."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """Something that blocks: a thread of its own does it where others must not wait. Its outcome is what it returns."""

    call: Callable[[], Any]


Step = Exchange | Pause | Work
Steps = Generator[Step, Any, T]


class Waiting:
    """Runs steps to their end."""

    def _run(self, steps: Steps[T]) -> T:
        raise TypeError(type(self).__name__)


class Awaiting:
    """Runs steps to their end while others go on."""

    async def _run(self, steps: Steps[T]) -> T:
        raise TypeError(type(self).__name__)


class operation(Generic[P, T]):
    """A method that is written as a generator. ``steps`` is the generator function itself, for other operations."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self.steps = steps
        functools.update_wrapper(self, steps)

    def __call__(self, instance: Any, *arguments: P.args, **named: P.kwargs) -> Any:
        """The operation of a client that is named first, as for any other function of a class."""
        return instance._run(self.steps(instance, *arguments, **named))

    @overload
    def __get__(self, instance: None, owner: type) -> "operation[P, T]": ...
    @overload
    def __get__(self, instance: Waiting, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, instance: Any, owner: type) -> Any:
        """The method of a client."""
        if instance is None:
            return self

        @functools.wraps(self.steps)
        def call(*arguments: P.args, **named: P.kwargs) -> Any:
            return instance._run(self.steps(instance, *arguments, **named))

        return call


def settle(steps: Steps[T], do: Callable[[Step], Any]) -> T:
    """Run steps with ``do`` doing each; an exception of it is the step's outcome."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = do(step)
            except Exception as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        return end.value
    finally:
        steps.close()


async def asettle(steps: Steps[T], do: Callable[[Step], Coroutine[Any, Any, Any]]) -> T:
    """``settle`` where each step is awaited."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = await do(step)
            except Exception as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        return end.value
    finally:
        steps.close()
