// The one rule on values as they are. A state: before and after, and whether every position shrank. An answer: one bit.

from programs.margin import Value, admissible

struct State {
    before: Value,
    after: Value,
    less: felt,
}

func judge{range_check_ptr}(count, state: State*, answer: felt*) -> (end: felt*) {
    alloc_locals;
    if (count == 0) {
        return (answer,);
    }
    let (allowed) = admissible(state.before, state.after, state.less);
    assert [answer] = allowed;
    return judge(count - 1, state + State.SIZE, answer + 1);
}
