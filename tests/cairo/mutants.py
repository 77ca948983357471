"""Wrong formulas: a text of ``rollup`` replaced, for some the same mistake in Cairo. Agreement must break on each."""

import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import NamedTuple

from rollup import book, margin, matching
from rollup.actions import place


class Mutant(NamedTuple):
    """``old`` becomes ``new`` in a module; ``cairo`` is (file, old, new) of the programs, for a mistake of both."""

    name: str
    program: str
    module: ModuleType
    old: str
    new: str
    cairo: tuple[str, str, str] | None = None

    def functions(self) -> dict[str, FunctionType]:
        """The module's functions with the mistake in them. Raises AssertionError if the text is not there once."""
        source = Path(self.module.__file__).read_text()
        assert source.count(self.old) == 1, f"{self.module.__name__} has {source.count(self.old)} times: {self.old}"
        changed = ModuleType(self.module.__name__)
        sys.modules.setdefault(changed.__name__, changed)
        exec(compile(source.replace(self.old, self.new), self.module.__file__, "exec"), vars(changed))
        mine = {name: thing for name, thing in vars(changed).items() if isinstance(thing, FunctionType)}
        return {name: thing for name, thing in mine.items() if thing.__module__ == self.module.__name__}


def _of_margin(name: str, old: str, new: str, *cairo: str, program: str = "judge_margin") -> Mutant:
    return Mutant(name, program, margin, old, new, ("margin.cairo", *cairo) if cairo else None)


def _of_rule(name: str, old: str, new: str, *cairo: str) -> Mutant:
    return _of_margin(name, old, new, *cairo, program="judge_rule")


def _of_step(name: str, old: str, new: str, *cairo: str) -> Mutant:
    return Mutant(name, "judge_sweep", matching, old, new, cairo or None)


RATIO = "after.equity * before.held >= before.equity * after.held"

MUTANTS = (
    _of_margin(
        "whole is strict",
        "TWICE * account.equity >= account.requirement",
        "TWICE * account.equity > account.requirement",
        "at_least(WHOLE * value.equity, value.requirement)",
        "at_least(WHOLE * value.equity, value.requirement + 1)",
    ),
    _of_margin(
        "a flip is a reduction",
        "0 <= after <= before or before <= after <= 0",
        "abs(after) <= abs(before)",
        "at_least(after * (before - after), 0)",
        "at_least((before + after) * (before - after), 0)",
    ),
    _of_margin("one position that shrinks is enough", "not all(map(shrinks", "not any(map(shrinks"),
    _of_margin(
        "the lighter side is required", "abs(scaled + both * (buy - sell))", "abs(scaled - both * (buy - sell))"
    ),
    _of_margin("orders of both sides are required", "(buy if buy > sell else sell)", "(buy + sell)"),
    _of_margin("what is sold short needs no margin", "(scaled if size > 0 else -scaled)", "scaled"),
    _of_margin(
        "the reserve is left out",
        "requirement += mark * (both * (buy + sell)",
        "requirement += mark * (twice_initial // 2 * (buy + sell)",
        "rho * (size + buy) + phi * buy",
        "rho * (size + buy)",
    ),
    _of_margin("unrealised losses are left out", "equity += size * mark", "equity += max(0, size * mark)"),
    _of_rule(
        "an equal requirement is more",
        "after.requirement > before.requirement",
        "after.requirement >= before.requirement",
        "at_least(before.requirement, after.requirement)",
        "at_least(before.requirement, after.requirement + 1)",
    ),
    _of_rule(
        "who was whole may become short",
        "if whole(before) or after.requirement",
        "if after.requirement",
        "less * no_more * (1 - whole_before) == 0",
        "less * no_more == 0",
    ),
    _of_rule("positions may grow", "if not all(map(shrinks", "if False and not all(map(shrinks"),
    _of_rule(
        "high ends at a sixteenth",
        "FLOOR * after.equity >= after.held and",
        "FLOOR * after.equity > after.held and",
        "local stays = at_least(SIXTEENTH * after.equity, after.held)",
        "local stays = at_least(SIXTEENTH * after.equity, after.held + 1)",
    ),
    _of_rule(
        "the ratio must rise",
        RATIO,
        RATIO.replace(">=", ">"),
        "at_least_wide(after.equity * before.held, before.equity * after.held)",
        "at_least_wide(after.equity * before.held, before.equity * after.held + 1)",
    ),
    _of_rule("the ratio may fall", f" and {RATIO}", ""),
    _of_rule("the ratio is to what orders require", RATIO, RATIO.replace("held", "requirement")),
    _of_rule("an eighth takes the sixteenth's place", "FLOOR = 16 * TWICE", "FLOOR = 8 * TWICE"),
    _of_rule(
        "less than a sixteenth must be paid",
        "+ (before.held - after.held) >= 0",
        "+ (before.held - after.held) > 0",
        "SIXTEENTH * (before.equity - after.equity)\n",
        "SIXTEENTH * (before.equity - after.equity) + 1\n",
    ),
    _of_step(
        "an order expires in its last second",
        "elif expiry < state.clock:",
        "elif expiry <= state.clock:",
    ),
    _of_step("a void order trades", "if epoch != position[0]:", "if epoch > position[0]:"),
    _of_step("an order meets its own", "elif owner == taker.account:", "elif False:"),
    _of_step(
        "with nothing to reduce an order trades",
        "elif reduces and most <= 0:",
        "elif reduces and most < 0:",
    ),
    _of_step(
        "a market that is not open opens positions",
        "reduces = reduce_only or not taker.open",
        "reduces = reduce_only",
        "step.cairo",
        "return 1 - is_open * (1 - reduce_only);",
        "return reduce_only;",
    ),
    _of_step(
        "a reduce-only order flips the position",
        "if reduces and most < size:",
        "if False:",
        "step.cairo",
        "local size = there + reduces * (trimmed - there);",
        "local size = there;",
    ),
    _of_step(
        "a fill is at the taker's price", "cost = price * size\n        fee", "cost = taker.price * size\n        fee"
    ),
    _of_step(
        "the maker's fee is rounded down",
        "fee = fee_up(cost, state.markets[market].maker_fee)",
        "fee = cost * state.markets[market].maker_fee // 10**6",
        "numbers.cairo",
        "unsigned_div_rem(amount * rate + MILLION - 1, MILLION)",
        "unsigned_div_rem(amount * rate, MILLION)",
    ),
    _of_step("a maker who cannot bear it is filled", "if margin.whole(after) or", "if True or"),
    _of_step(
        "a short maker cannot reduce",
        "if margin.whole(after) or margin.admissible(margin.value(state, owner), after):",
        "if margin.whole(after):",
    ),
    _of_step(
        "a void order is taken from the totals",
        "if ending is Ending.VOID:",
        "if False:",
        "step.cairo",
        "(1 - void) * order.remaining",
        "order.remaining",
    ),
    _of_step(
        "an eviction for margin counts one step",
        "taker.step += MARGIN_STEP",
        "taker.step += 1",
        "sweep.cairo",
        "const MARGIN_STEP = 8;",
        "const MARGIN_STEP = 1;",
    ),
    _of_step("a sweep has a step more", "taker.step >= SWEEP_END", "taker.step > SWEEP_END"),
    _of_step("a seller takes less than its limit", "price >= self.price if self.side", "price > 0 if self.side"),
    _of_step("a buyer at the price does not cross", "else price <= self.price", "else price < self.price"),
    Mutant(
        "a taker flips by reduce-only",
        "judge_sweep",
        place,
        "min(place.size, reducible(held, place.side))",
        "place.size",
    ),
    Mutant("a taker reduces nothing", "judge_sweep", place, "if size < 1:", "if size < 0:"),
    Mutant(
        "what expires now is collected", "judge_collect", book, "if expiry < state.clock:", "if expiry <= state.clock:"
    ),
    Mutant("what is current is void", "judge_collect", book, "if epoch != position[0]:", "if epoch == position[0]:"),
    Mutant(
        "what reduces is collected",
        "judge_collect",
        book,
        "if reduce_only and reducible(position[4], number & 1) <= 0:",
        "if reduce_only and reducible(position[4], number & 1) <= 1:",
        ("step.cairo", "let none = at_least(0, most);", "let none = at_least(1, most);"),
    ),
    Mutant("any order may be collected", "judge_collect", book, "if reduce_only and reducible", "if reducible"),
)
