// Orders on their way through a book. A state: the head below, the risks of the other markets, the makers, each followed by
// its positions there, the book's orders, best first, and a row of zeros. An answer: code of the trim, lots admitted, the
// steps, four cells each, a cell -1, lots left, cost, k, orders left, whether the head crosses, and each maker's cash and
// position.

from starkware.cairo.common.alloc import alloc

from programs.margin import Position, Risk, value_of
from programs.step import Maker, Market, Order, Taker
from programs.sweep import ADMITTED, LAST, Sweep, head_crosses, run, trim

struct State {
    clock: felt,
    market: Market,
    taker: Taker,
    size: felt,
    reduce_only: felt,
    held: felt,
    sweep: felt,
    elsewhere: felt,
    makers: felt,
    orders: felt,
}

struct MakerState {
    account: felt,
    epoch: felt,
    cash: felt,
    position: Position,
}

func judge{range_check_ptr}(count, state: State*, answer: felt*) -> (end: felt*) {
    alloc_locals;
    if (count == 0) {
        return (answer,);
    }
    local risks: Risk* = cast(state + State.SIZE, Risk*);
    let (local makers: Maker*) = alloc();
    let (local orders: Order*) = read_makers(
        state.makers, cast(risks + state.elsewhere * Risk.SIZE, MakerState*), makers, state.elsewhere, risks
    );

    let (local code, size) = trim(
        state.market.is_open, state.taker.side, state.size, state.reduce_only, state.held
    );
    assert answer[0] = code;
    assert answer[1] = size;
    local next: State* = cast(orders + (state.orders + 1) * Order.SIZE, State*);
    if (code != ADMITTED) {
        return judge(count - 1, next, answer + 2);
    }
    local start: Sweep = Sweep(
        k=LAST - state.sweep,
        wanted=size,
        cost=0,
        orders=state.orders,
        head=orders,
        left=orders.remaining,
        makers=makers,
    );
    let (local at: Sweep, local end: felt*) = run(
        state.clock, &state.market, &state.taker, state.makers, start, answer + 2
    );
    let (crossing) = head_crosses(&state.taker, at);
    assert end[0] = -1;
    assert end[1] = at.wanted;
    assert end[2] = at.cost;
    assert end[3] = at.k;
    assert end[4] = at.orders;
    assert end[5] = crossing;
    let last = write_makers(state.makers, at.makers, end + 6);
    return judge(count - 1, next, last);
}

// Makers with what they are worth elsewhere; where the states go on.
func read_makers{range_check_ptr}(count, state: MakerState*, makers: Maker*, markets, risks: Risk*) -> (
    orders: Order*
) {
    alloc_locals;
    if (count == 0) {
        return (cast(state, Order*),);
    }
    local positions: Position* = cast(state + MakerState.SIZE, Position*);
    let (elsewhere) = value_of(0, markets, risks, positions);
    assert [makers] = Maker(state.account, state.epoch, state.cash, state.position, elsewhere);
    let next = cast(positions + markets * Position.SIZE, MakerState*);
    return read_makers(count - 1, next, makers + Maker.SIZE, markets, risks);
}

// Four cells each: cash, lots held, open totals.
func write_makers(count, makers: Maker*, answer: felt*) -> felt* {
    if (count == 0) {
        return answer;
    }
    assert answer[0] = makers.cash;
    assert answer[1] = makers.position.size;
    assert answer[2] = makers.position.buy;
    assert answer[3] = makers.position.sell;
    return write_makers(count - 1, makers + Maker.SIZE, answer + 4);
}
