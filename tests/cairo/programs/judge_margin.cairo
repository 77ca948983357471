// Accounts before and after a change, at the same marks. A state: markets, cash before and after, then the markets' risks,
// positions before, positions after.

from programs.margin import Position, Risk, Value, admissible, all_shrink, is_whole, value_of

struct State {
    markets: felt,
    cash_before: felt,
    cash_after: felt,
}

struct Answer {
    before: Value,
    whole_before: felt,
    after: Value,
    whole_after: felt,
    less: felt,
    admissible: felt,
}

func judge{range_check_ptr}(count, state: State*, answer: Answer*) -> (end: Answer*) {
    alloc_locals;
    if (count == 0) {
        return (answer,);
    }
    let markets = state.markets;
    local risks: Risk* = cast(state + State.SIZE, Risk*);
    local olds: Position* = cast(risks + markets * Risk.SIZE, Position*);
    local news: Position* = olds + markets * Position.SIZE;
    let (local before: Value) = value_of(state.cash_before, markets, risks, olds);
    let (local after: Value) = value_of(state.cash_after, markets, risks, news);
    local whole_before = is_whole(before);
    local whole_after = is_whole(after);
    let (local less) = all_shrink(markets, olds, news);
    let (local allowed) = admissible(before, after, less);
    assert [answer] = Answer(before, whole_before, after, whole_after, less, allowed);
    return judge(
        count - 1, cast(news + markets * Position.SIZE, State*), answer + Answer.SIZE
    );
}
