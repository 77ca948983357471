// A sweep: an order meets the head of the other side, step by step, until it is filled, stops or runs out of steps.

from starkware.cairo.common.alloc import alloc

from programs.numbers import at_least, equal, smaller
from programs.step import FILL, MARGIN, Maker, Market, Order, Step, Taker, crosses, reducible, take_step

// A step needs k of at most 247; one that evicts for margin counts eight.
const LAST = 248;
const MARGIN_STEP = 8;

// Codes of a trim: the order may trade `size` lots, or there is nothing to reduce, or the market takes no such order.
const ADMITTED = 0;
const NOTHING = 1;
const CLOSED = 2;

// Where a sweep stands. `orders` are left, `head` the first of them, of which `left` lots; a row of zeros follows the last.
struct Sweep {
    k: felt,
    wanted: felt,
    cost: felt,
    orders: felt,
    head: Order*,
    left: felt,
    makers: Maker*,
}

// Lots the order may trade, and the code.
func trim{range_check_ptr}(is_open, side, size, reduce_only, held) -> (code: felt, size: felt) {
    alloc_locals;
    if (is_open * (1 - reduce_only) == 1) {
        return (ADMITTED, size);
    }
    if (reduce_only == 0) {
        return (CLOSED, 0);
    }
    local most = reducible(held, 1 - 2 * side);
    local some = at_least(most, 1);
    if (some == 0) {
        return (NOTHING, 0);
    }
    let trimmed = smaller(size, most);
    return (ADMITTED, trimmed);
}

// 1 if there is a head and it crosses.
func head_crosses{range_check_ptr}(taker: Taker*, at: Sweep) -> (bit: felt) {
    if (at.orders == 0) {
        return (0,);
    }
    let bit = crosses(taker, at.head.price);
    return (bit,);
}

// 1 if another step is due: something is wanted, the head crosses, and the budget has a step left.
func goes_on{range_check_ptr}(taker: Taker*, at: Sweep) -> (bit: felt) {
    alloc_locals;
    let (local crossing) = head_crosses(taker, at);
    local wants = at_least(at.wanted, 1);
    local spent = at_least(at.k, LAST);
    return (crossing * wants * (1 - spent),);
}

// Steps until the sweep stops. Each writes four cells: reason, size, fee, account of the maker.
func run{range_check_ptr}(clock, market: Market*, taker: Taker*, count, at: Sweep, answer: felt*) -> (
    at: Sweep, answer: felt*
) {
    alloc_locals;
    let (more) = goes_on(taker, at);
    if (more == 0) {
        return (at, answer);
    }
    let head = at.head;
    local order: Order = Order(
        owner=head.owner,
        epoch=head.epoch,
        price=head.price,
        expiry=head.expiry,
        reduce_only=head.reduce_only,
        remaining=at.left,
    );
    let maker = at.makers + order.owner * Maker.SIZE;
    let (local step: Step) = take_step(clock, market, taker, at.wanted, order, maker);
    assert answer[0] = step.reason;
    assert answer[1] = step.size;
    assert answer[2] = step.fee;
    assert answer[3] = step.maker.account;

    let (local makers: Maker*) = alloc();
    replace(count, at.makers, makers, order.owner, step.maker);
    let (local after: Sweep) = move_on(at, order, step, makers);
    return run(clock, market, taker, count, after, answer + 4);
}

// Where the sweep stands after a step. A head that was filled in part stays the head.
func move_on{range_check_ptr}(at: Sweep, order: Order, step: Step, makers: Maker*) -> (at: Sweep) {
    alloc_locals;
    local filled = equal(step.reason, FILL);
    local used_up = equal(step.size, order.remaining);
    local for_margin = equal(step.reason, MARGIN);
    tempvar weight = 1 + for_margin * (MARGIN_STEP - 1);
    let gone = 1 - filled * (1 - used_up);
    let head = at.head + gone * Order.SIZE;
    return (
        at=Sweep(
            k=at.k + weight,
            wanted=at.wanted - step.size,
            cost=at.cost + step.size * order.price,
            orders=at.orders - gone,
            head=head,
            left=gone * head.remaining + (1 - gone) * (order.remaining - step.size),
            makers=makers,
        )
    );
}

// A copy of the makers with one of them, `place` further on, replaced.
func replace(count, from_: Maker*, to: Maker*, place, maker: Maker) {
    if (count == 0) {
        return ();
    }
    if (place == 0) {
        assert [to] = maker;
    } else {
        assert [to] = [from_];
    }
    return replace(count - 1, from_ + Maker.SIZE, to + Maker.SIZE, place - 1, maker);
}
