"""The bus of a trace: tuples put and taken, information asked for, and rules broken."""

from collections import Counter

from rollup.layout import CLASSES, ROWS, STEP_BITS, unpack


class Ledger:
    """Everything that chips exchange. ``clock``, ``marks``, ``open`` and ``markets`` are set by the advance."""

    def __init__(self, trace: dict) -> None:
        self.trace = trace
        self.size = CLASSES[trace["class"]]
        self.words = trace["words"]
        self.broken: list[str] = []
        self.bus: dict[str, Counter] = {}
        self.outflows: Counter = Counter()
        self.signers: list[tuple[int, int]] = []
        self.fees = 0
        self.clock = 0
        self.markets: list[dict] = []
        self.open: list[int] = []

    def require(self, rule: str, holds: bool) -> None:
        if not holds:
            self.broken.append(rule)

    def fits(self, rule: str, value: int, bits: int) -> None:
        """A range check."""
        self.require(rule, 0 <= value < 1 << bits)

    def bits(self, rule: str, *values: int) -> None:
        for value in values:
            self.require(rule, value in (0, 1))

    def put(self, tag: str, *values, times: int = 1) -> None:
        self.bus.setdefault(tag, Counter())[values] += times

    def take(self, tag: str, *values) -> None:
        self.put(tag, *values, times=-1)

    def tick(self, row: dict) -> int:
        """Take the row's tick; the time of its last step."""
        tick = row["tick"]
        self.require("tick: one of the class", 1 <= tick <= self.size.ticks)
        self.take("TIME", tick)
        return 256 * tick + 255

    def access(self, rule: str, kind: str, found: list | None, address: int, time: int, after=None) -> tuple:
        """An access at an address and a time: the row before. ``after`` is the new row or a function of the old."""
        if found is None:
            self.require(f"{rule}: access is there", False)
            return (0,) * len(ROWS[kind].columns)
        previous, *columns = found
        before = tuple(columns)
        new = before if after is None else after(before) if callable(after) else after
        self.fits("access: time rises", time - previous - 1, STEP_BITS)
        self.take("MEMORY", kind, address, previous, before)
        self.put("MEMORY", kind, address, time, tuple(new))
        return before

    def absent(self, rule: str, row: dict, *names: str) -> None:
        """The operation makes no such access."""
        for name in names:
            self.require(f"{rule}: no access to {name}", name not in row)

    def balance(self) -> None:
        """Every tuple that was put was taken."""
        ticks = self.bus.pop("TIME", Counter())
        self.require("bus: a tick is used once", all(count == -1 for count in ticks.values()))
        for tag, tuples in self.bus.items():
            self.require(f"bus: {tag}", not any(tuples.values()))

    def parts(self, fields, value: int) -> dict:
        """Fields of a packed value that has no further bits."""
        width = sum(field.bits for field in fields)
        self.fits("word: no further bits", value, width)
        return unpack(fields, value)
