// What an account is worth, what it must hold, and which changes are admissible. Requirements in half parts per million
// of a micro-unit.

from programs.numbers import MILLION, at_least, at_least_wide, larger

const WHOLE = 2 * MILLION;
const SIXTEENTH = 16 * WHOLE;

// Mark in micro-units per lot; initial margin and fee reserve in parts per million.
struct Risk {
    mark: felt,
    initial: felt,
    reserve: felt,
}

// Lots held, signed, and lots of the orders to buy and to sell.
struct Position {
    size: felt,
    buy: felt,
    sell: felt,
}

// Equity, signed; the requirement with open orders; that of the positions alone.
struct Value {
    equity: felt,
    requirement: felt,
    held: felt,
}

// One market: either every buy fills, or every sell; the dearer of the two is required.
func of_market{range_check_ptr}(risk: Risk*, size, buy, sell) -> (value: Value) {
    alloc_locals;
    let rho = risk.initial;
    let phi = risk.reserve;
    local required = larger(rho * (size + buy) + phi * buy, rho * (sell - size) + phi * sell);
    let held = larger(size, -size);
    tempvar twice = 2 * risk.mark;
    return (
        value=Value(
            equity=size * risk.mark, requirement=twice * required, held=twice * rho * held
        ),
    );
}

// What the markets from here on add to a sum.
func add_markets{range_check_ptr}(sum: Value, count, risks: Risk*, positions: Position*) -> (
    value: Value
) {
    if (count == 0) {
        return (value=sum);
    }
    let (here: Value) = of_market(risks, positions.size, positions.buy, positions.sell);
    let more = Value(
        equity=sum.equity + here.equity,
        requirement=sum.requirement + here.requirement,
        held=sum.held + here.held,
    );
    return add_markets(more, count - 1, risks + Risk.SIZE, positions + Position.SIZE);
}

// An account with this cash and these positions.
func value_of{range_check_ptr}(cash, count, risks: Risk*, positions: Position*) -> (value: Value) {
    return add_markets(Value(equity=cash, requirement=0, held=0), count, risks, positions);
}

// 1 if initial margin is covered, orders included.
func is_whole{range_check_ptr}(value: Value) -> felt {
    return at_least(WHOLE * value.equity, value.requirement);
}

// 1 if the position kept its sign and did not grow: what is left and what was given up are of one sign, or one is zero.
func shrinks{range_check_ptr}(before, after) -> felt {
    return at_least(after * (before - after), 0);
}

// 1 if every position shrank or stayed.
func all_shrink{range_check_ptr}(count, before: Position*, after: Position*) -> (bit: felt) {
    if (count == 0) {
        return (1,);
    }
    let here = shrinks(before.size, after.size);
    if (here == 0) {
        return (0,);
    }
    return all_shrink(count - 1, before + Position.SIZE, after + Position.SIZE);
}

// The one rule. `less` is 1 if every position shrank or stayed.
func admissible{range_check_ptr}(before: Value, after: Value, less) -> (bit: felt) {
    alloc_locals;
    let whole_after = is_whole(after);
    if (whole_after == 1) {
        return (1,);
    }
    let whole_before = is_whole(before);
    let no_more = at_least(before.requirement, after.requirement);
    if (less * no_more * (1 - whole_before) == 0) {
        return (0,);
    }
    let high = at_least(SIXTEENTH * before.equity, before.held);
    if (high == 0) {
        // Low: what is lost is at most a sixteenth of the requirement given up.
        let paid = at_least(
            before.held - after.held, SIXTEENTH * (before.equity - after.equity)
        );
        return (paid,);
    }
    // High: it stays so, and equity loses no more of itself than the requirement does.
    local stays = at_least(SIXTEENTH * after.equity, after.held);
    let kept = at_least_wide(after.equity * before.held, before.equity * after.held);
    return (stays * kept,);
}
