"""Tools of a forger: change what operations did, and repair everything that follows, so that one rule alone is broken.

A forgery starts from an honest batch that is not sealed yet. ``Forger`` edits its chip rows and the rows of memory that
accesses leave behind; what later accesses saw, closing times, pages, tree, roots and public words are then made to
agree with the lie. Columns of the witness that no honest prover fills freely are overwritten by path after that.

``forbid`` states the outcome. A forgery counts if it is twin-checked: the circuit refuses it with exactly the named
rule, and accepts it once that rule is switched off.
"""

from collections.abc import Callable, Mapping, Sequence

from circuits.prover import Checker
from rollup.layout import ROWS
from rollup.memory import ADDRESS, AFTER, BEFORE, KIND, TIME
from tests.worlds.world import World


class Forger:
    """The batch in progress of a world, open to lies."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = world.engine._state

    # ------------------------------------------------------------------------------------------ chip rows
    def rows(self, chip: str) -> list[dict]:
        """Rows of a chip as the engine wrote them: columns by name, accesses as lists (see rollup.memory)."""
        return self.state.rows[chip]

    def row(self, chip: str, place: int = -1) -> dict:
        """One row of a chip, the last by default."""
        return self.state.rows[chip][place]

    def drop(self, chip: str, place: int = -1) -> dict:
        """Take a row out, and every access it made."""
        row = self.state.rows[chip].pop(place)
        for access in accesses(row):
            self.forget(access)
        return row

    # ------------------------------------------------------------------------------------------ memory
    def leave(self, access: list, **columns: int) -> None:
        """Make an access leave other columns behind. Later accesses add the same differences to what they now see."""
        names = ROWS[access[KIND].kind].columns
        after = list(access[AFTER])
        for name, value in columns.items():
            after[names.index(name)] = value
        access[AFTER] = tuple(after)
        self._ripple(access[KIND], access[ADDRESS])

    def move(self, access: list, address: int | None = None, time: int | None = None) -> None:
        """Make an access at another address or time, where it sees what lies there and changes it by as much."""
        table, old = access[KIND], access[ADDRESS]
        change = _difference(access)
        self.forget(access)
        if address is not None:
            access[ADDRESS] = address
        if time is not None:
            access[TIME] = time
        access[BEFORE] = self._before(table, access[ADDRESS], access[TIME])
        access[AFTER] = _add(access[BEFORE], change)
        self.state.memory.log.append(access)
        self._touch(table, access[ADDRESS])
        for place in {old, access[ADDRESS]}:
            self._ripple(table, place)

    def forget(self, access: list) -> None:
        """Undo an access, and what later ones saw of it."""
        log = self.state.memory.log
        first = self._first(access[KIND], access[ADDRESS])
        log[:] = [other for other in log if other is not access]
        self._ripple(access[KIND], access[ADDRESS], first)

    def access(self, kind: str, address: int, time: int, **columns: int) -> list:
        """Make an access that the engine did not make; without columns it only reads."""
        table = self.state.memory.tables[kind]
        before = self._before(table, address, time)
        access = [table, address, before, before, time, 0]
        self.state.memory.log.append(access)
        self._touch(table, address)
        self.leave(access, **columns)
        return access

    def _touch(self, table, address: int) -> None:
        if address >> table._shift not in table._touched:
            table._touch(address >> table._shift)

    def _history(self, table, address: int) -> list[list]:
        log = self.state.memory.log
        return sorted((a for a in log if a[KIND] is table and a[ADDRESS] == address), key=lambda a: a[TIME])

    def _first(self, table, address: int) -> tuple:
        history = self._history(table, address)
        return history[0][BEFORE] if history else table.get(address)

    def _before(self, table, address: int, time: int) -> tuple:
        row = self._first(table, address)
        for access in self._history(table, address):
            if access[TIME] < time:
                row = access[AFTER]
        return row

    def _ripple(self, table, address: int, first: tuple | None = None) -> None:
        """Carry what each access leaves to the next, which keeps its own differences; the last one is stored."""
        row = self._first(table, address) if first is None else first
        for access in self._history(table, address):
            change = _difference(access)
            if access[BEFORE] != row:
                access[BEFORE] = row
                access[AFTER] = _add(row, change)
            row = access[AFTER]
        table.store(address, row)

    # ------------------------------------------------------------------------------------------ sealing
    def seal(self) -> dict:
        """The trace of the forged batch."""
        return self.world.seal().trace


def accesses(row: Mapping) -> list[list]:
    """Accesses that a chip row made."""
    found = []
    for value in row.values():
        if isinstance(value, list) and value:
            found.extend(value if isinstance(value[0], list) else [value] if len(value) == 6 else [])
    return found


def _difference(access: list) -> tuple[int, ...]:
    return tuple(after - before for before, after in zip(access[BEFORE], access[AFTER]))


def _add(row: tuple, change: tuple) -> tuple[int, ...]:
    return tuple(value + difference for value, difference in zip(row, change))


def forbid(
    checker: Checker,
    rules: Sequence[str],
    trace: dict,
    overrides: Mapping[str, object] | None = None,
    lies: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """State that a forgery breaks these rules (one, as a rule) and no other, and that nothing refuses it without them.

    The compiled circuit refuses it too. Its hints do not lie, so it is asked only of forgeries that need no lie, and
    of the smallest class, as others take long to compile.
    """
    solve = not lies and trace["class"] == "XS"
    found = checker.check(trace, overrides=overrides or {}, lies=lies or {}, solve=solve)
    assert not found.unmet, f"lies that no hint asked for: {found.unmet}"
    assert set(found.broken) == set(rules), f"breaks {sorted(found.broken)}: {found.unbalanced[:6]}"
    assert not found.solved, "the compiled circuit accepts it"
    twin = checker.check(trace, overrides=overrides or {}, lies=lies or {}, off=list(rules))
    assert not twin.broken, f"with {rules} off still breaks {sorted(twin.broken)}"


def honest(checker: Checker, trace: dict) -> None:
    """State that a batch is accepted."""
    found = checker.check(trace)
    assert not found.broken, f"breaks {sorted(found.broken)}: {found.unbalanced[:6]}"


Edit = Callable[[Forger], Mapping[str, object] | None]
