// A step of a sweep: the order at the head of the other side is filled, or evicted for a reason.

from starkware.cairo.common.registers import get_fp_and_pc

from programs.margin import Position, Risk, Value, admissible, of_market, shrinks
from programs.numbers import at_least, equal, fee_of, smaller

const FILL = 0;
const VOID = 1;
const EXPIRED = 2;
const OWN = 3;
const NOTHING_TO_REDUCE = 4;
const MARGIN = 5;

// The market that is traded: its risk, whether it is open, what makers pay.
struct Market {
    risk: Risk,
    is_open: felt,
    maker_fee: felt,
}

// Side 0 buys, 1 sells.
struct Taker {
    account: felt,
    side: felt,
    price: felt,
}

// `owner` is a place in the list of makers.
struct Order {
    owner: felt,
    epoch: felt,
    price: felt,
    expiry: felt,
    reduce_only: felt,
    remaining: felt,
}

// An owner of orders: its row in the traded market, its cash, and its value in the other markets, without the cash.
struct Maker {
    account: felt,
    epoch: felt,
    cash: felt,
    position: Position,
    elsewhere: Value,
}

// How the step ends: the reason, the lots traded and the maker's fee (0 if evicted), and the maker afterwards.
struct Step {
    reason: felt,
    size: felt,
    fee: felt,
    maker: Maker,
}

// Lots by which a fill of this direction (+1 buys, -1 sells) could reduce a position.
func reducible(size, direction) -> felt {
    return -size * direction;
}

// 1 if an order is reduce-only, by its own word or because the market is not open.
func must_reduce(reduce_only, is_open) -> felt {
    return 1 - is_open * (1 - reduce_only);
}

// 1 if a resting price is within the taker's limit.
func crosses{range_check_ptr}(taker: Taker*, price) -> felt {
    return at_least((1 - 2 * taker.side) * (taker.price - price), 0);
}

// The maker with its cash and position moved, and the open total of the direction's side lowered.
func changed(maker: Maker*, direction, cash, traded, closed) -> (maker: Maker) {
    let position = maker.position;
    tempvar buys = (1 + direction) / 2;
    return (
        maker=Maker(
            account=maker.account,
            epoch=maker.epoch,
            cash=maker.cash + cash,
            position=Position(
                size=position.size + direction * traded,
                buy=position.buy - buys * closed,
                sell=position.sell - (1 - buys) * closed,
            ),
            elsewhere=maker.elsewhere,
        ),
    );
}

func value_of_maker{range_check_ptr}(risk: Risk*, maker: Maker*) -> (value: Value) {
    let position = maker.position;
    let (here: Value) = of_market(risk, position.size, position.buy, position.sell);
    let elsewhere = maker.elsewhere;
    return (
        value=Value(
            equity=maker.cash + here.equity + elsewhere.equity,
            requirement=here.requirement + elsewhere.requirement,
            held=here.held + elsewhere.held,
        ),
    );
}

// 1 if a fill's conditions hold, margin aside: the order is current, in time, another's, and trades a lot or more.
func can_fill{range_check_ptr}(clock, taker: Taker*, order: Order, maker: Maker*, size) -> felt {
    alloc_locals;
    local current = equal(order.epoch, maker.epoch);
    local in_time = at_least(order.expiry, clock);
    local own = equal(maker.account, taker.account);
    let some = at_least(size, 1);
    return current * in_time * (1 - own) * some;
}

// The first reason to evict that holds, margin aside, or FILL. `most` is what there is to reduce for who must.
func why_evict{range_check_ptr}(clock, order: Order, epoch, own, reduces, most) -> (reason: felt) {
    if (order.epoch != epoch) {
        return (VOID,);
    }
    let expired = at_least(clock, order.expiry + 1);
    if (expired == 1) {
        return (EXPIRED,);
    }
    if (own == 1) {
        return (OWN,);
    }
    let none = at_least(0, most);
    if (reduces * none == 1) {
        return (NOTHING_TO_REDUCE,);
    }
    return (FILL,);
}

// One step for a taker that still wants lots; the head is known to cross.
func take_step{range_check_ptr}(
    clock, market: Market*, taker: Taker*, wanted, order: Order, maker: Maker*
) -> (step: Step) {
    alloc_locals;
    // The maker stands on the other side.
    local direction = 2 * taker.side - 1;
    local reduces = must_reduce(order.reduce_only, market.is_open);
    local most = reducible(maker.position.size, direction);
    local there = smaller(wanted, order.remaining);
    local trimmed = smaller(there, most);
    local size = there + reduces * (trimmed - there);

    local fills = can_fill(clock, taker, order, maker, size);
    local own = equal(maker.account, taker.account);
    let (local reason) = why_evict(clock, order, maker.epoch, own, reduces, most);
    // A head can be met in exactly one of the two ways.
    let no_reason = equal(reason, FILL);
    assert fills = no_reason;
    if (fills == 0) {
        let void = equal(reason, VOID);
        let (evicted: Maker) = changed(maker, direction, 0, 0, (1 - void) * order.remaining);
        return (step=Step(reason=reason, size=0, fee=0, maker=evicted));
    }
    return fill(market, direction, size, order, maker);
}

// The fill, if the maker can bear it; else its order goes.
func fill{range_check_ptr}(market: Market*, direction, size, order: Order, maker: Maker*) -> (step: Step) {
    alloc_locals;
    let (__fp__, _) = get_fp_and_pc();
    local fee = fee_of(order.price * size, market.maker_fee);
    let (local filled: Maker) = changed(
        maker, direction, -direction * order.price * size - fee, size, size
    );
    let (local before: Value) = value_of_maker(&market.risk, maker);
    let (local after: Value) = value_of_maker(&market.risk, &filled);
    let less = shrinks(maker.position.size, filled.position.size);
    let (bearable) = admissible(before, after, less);
    if (bearable == 1) {
        return (step=Step(reason=FILL, size=size, fee=fee, maker=filled));
    }
    let (evicted: Maker) = changed(maker, direction, 0, 0, order.remaining);
    return (step=Step(reason=MARGIN, size=0, fee=0, maker=evicted));
}
