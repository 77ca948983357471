// Resting orders that anyone may collect. A state: clock, side, the order, and its owner's epoch and position. An answer:
// the reason, 0 for none. Whether the market is open is no reason, nor is who owns the order.

from programs.step import Order, reducible, why_evict

struct State {
    clock: felt,
    side: felt,
    order: Order,
    epoch: felt,
    size: felt,
}

func judge{range_check_ptr}(count, state: State*, answer: felt*) -> (end: felt*) {
    alloc_locals;
    if (count == 0) {
        return (answer,);
    }
    let order = state.order;
    let most = reducible(state.size, 1 - 2 * state.side);
    let (reason) = why_evict(state.clock, order, state.epoch, 0, order.reduce_only, most);
    assert [answer] = reason;
    return judge(count - 1, state + State.SIZE, answer + 1);
}
