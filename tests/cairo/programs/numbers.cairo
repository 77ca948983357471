// Signed numbers in a field, and their comparison.
//
// A negative number is a field element close to the prime (about 2^251). What is compared here is bounded by the widths of
// the rows it comes from: with prices below 2^36, sizes below 2^48, cash below 2^60, fractions of at most a million and
// eight markets, equity stays below 2^88, requirements below 2^112, and a sixteenth's factor adds 25 bits: below 2^127. Only
// equity times requirement, below 2^200, needs the wide comparison. Whoever supplies the states sees to the widths.

from starkware.cairo.common.math import unsigned_div_rem
from starkware.cairo.common.math_cmp import is_le_felt

const MILLION = 10 ** 6;
const HALF_OF_THE_FIELD = 2 ** 250;

// 1 if a >= b, for |a - b| < 2^127. The hint proposes; a false bit has no range check that passes.
@known_ap_change
func at_least{range_check_ptr}(a, b) -> felt {
    %{ memory[ap] = int((memory[fp - 4] - memory[fp - 3]) % PRIME <= PRIME // 2) %}
    jmp yes if [ap] != 0, ap++;
    assert [range_check_ptr] = b - a - 1;
    let range_check_ptr = range_check_ptr + 1;
    return 0;

    yes:
    assert [range_check_ptr] = a - b;
    ap += 1;
    let range_check_ptr = range_check_ptr + 1;
    return 1;
}

// 1 if a >= b, for |a - b| < 2^250: the sign of the difference is the half of the field it lies in.
func at_least_wide{range_check_ptr}(a, b) -> felt {
    return is_le_felt(a - b, HALF_OF_THE_FIELD);
}

// 1 if a = b.
func equal(a, b) -> felt {
    if (a == b) {
        return 1;
    }
    return 0;
}

func larger{range_check_ptr}(a, b) -> felt {
    let a_is = at_least(a, b);
    return b + a_is * (a - b);
}

func smaller{range_check_ptr}(a, b) -> felt {
    let a_is = at_least(a, b);
    return a + a_is * (b - a);
}

// Parts per million of an amount, rounded up: what an account owes. amount < 2^84, rate <= 10^6.
func fee_of{range_check_ptr}(amount, rate) -> felt {
    let (fee, _) = unsigned_div_rem(amount * rate + MILLION - 1, MILLION);
    return fee;
}
