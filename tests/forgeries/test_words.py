"""Forgeries of words and nonces, of what is burned, and of the order in which operations happen."""

from circuits.native import Native
from rollup.actions import Place, Withdraw
from rollup.actions.sheet import CancelItem, PlaceItem
from rollup.layout import (
    CLASSES,
    COUNTER_BITS,
    FIELD,
    GTC,
    ITEM_KIND_SHIFT,
    KINDS,
    LAST_STEP,
    STEPS,
    TIME_BITS,
    WORD_BODY_SHIFT,
)
from rollup.memory import AFTER, TIME
from rollup.words import body
from tests.forgeries.doors import doubled
from tests.forgeries.forge import Forger
from tests.forgeries.liar import anything
from tests.forgeries.registry import Forged, forgery
from tests.worlds.scenes import CASH, open_batch
from tests.worlds.world import MARK, World, seed

XS = CLASSES["XS"]


def part(numerator: int, denominator: int) -> int:
    """A fraction in the field."""
    return numerator * pow(denominator, -1, FIELD) % FIELD


def terms(world: World, **changes: int) -> dict[str, int]:
    """An order's terms."""
    fields = {"market": 0, "side": 0, "tif": GTC, "post_only": 0, "reduce_only": 0, "price": MARK, "size": 1}
    return {**fields, "expiry": world.expiry(), "client": 7, **changes}


# ---------------------------------------------------------------------------------------------- words
@forgery("word: expiry fits")
def test_an_expired_order_comes_back(native: Native) -> Forged:
    """What was signed is read otherwise: 2^36 seconds later, and one less in the client's mark."""
    world = open_batch(native)
    signed = world.signed(Place, 1, **terms(world, expiry=world.expiry(-10)))
    with anything():
        world.apply(signed._replace(expiry=signed.expiry + 2**TIME_BITS, client=signed.client - 1))
    return Forged(Forger(world).seal())


@forgery("word: not expired")
def test_an_expired_order_is_applied(native: Native) -> Forged:
    """Ten seconds too late."""
    world = open_batch(native)
    with anything():
        world.place(1, 0, MARK, 1, expiry=world.expiry(-10))
    return Forged(Forger(world).seal())


@forgery("word: not expired")
def test_an_expired_withdrawal_is_applied(native: Native) -> Forged:
    """One second too late."""
    world = open_batch(native)
    with anything():
        world.apply(world.signed(Withdraw, 1, amount=5, expiry=world.expiry(-1)))
    return Forged(Forger(world).seal())


@forgery("word: account fits")
def test_a_dead_burn_of_an_account_that_cannot_be(native: Native) -> Forged:
    """Live, it would need a signer of that number, and there is none: the account of a signer has its width."""
    return Forged(Forger(open_batch(native)).seal(), {"burns[1].account": 2**24})


@forgery("word: lane fits")
def test_a_word_uses_up_a_neighbour_s_nonces(native: Native) -> Forged:
    """Lane 8 of account 1 is lane 0 of account 2, whose every later word is refused."""
    world = open_batch(native)
    with anything():
        world.apply(world.signed(Withdraw, 1, lane=8, amount=5, expiry=world.expiry()))
    return Forged(Forger(world).seal())


@forgery("word: counter fits")
def test_a_word_is_used_twice(native: Native) -> Forged:
    """What was signed is read otherwise: 2^48 more in the counter, and one less in the amount."""
    world = open_batch(native)
    used = world.withdraw(1, 1000).action
    world.seal()
    world.begin(MARK, MARK)
    with anything():
        world.apply(used._replace(counter=used.counter + 2**COUNTER_BITS, amount=999))
    return Forged(Forger(world).seal())


@forgery("lane: counter rises")
def test_a_nonce_is_used_twice(native: Native) -> Forged:
    """The same word in two batches."""
    world = open_batch(native)
    used = world.withdraw(1, 1000).action
    world.seal()
    world.begin(MARK, MARK)
    with anything():
        world.apply(used)
    return Forged(Forger(world).seal())


@forgery("lane: counter rises")
def test_one_signature_in_two_slots(native: Native) -> Forged:
    """The same word twice in one batch."""
    world = open_batch(native)
    used = world.withdraw(1, 1000).action
    with anything():
        world.apply(used)
    return Forged(Forger(world).seal())


@forgery("bus: authorised")
def test_a_word_that_nobody_signed(native: Native) -> Forged:
    """Signed is a withdrawal of 1,000, and 1,001 go out."""
    world = open_batch(native)
    signed = world.signed(Withdraw, 1, amount=1000, expiry=world.expiry())
    with anything():
        world.apply(signed._replace(amount=1001))
    return Forged(Forger(world).seal(), {"signatures[0].word": signed.word()})


@forgery("bus: authorised")
def test_a_word_is_burned_and_applied(native: Native) -> Forged:
    """One signature, two takers: the second one claims the nonce after."""
    world = open_batch(native)
    word = world.withdraw(1, 1000).action.word()
    forger = Forger(world)
    state = forger.state
    tick = state.next_tick()
    lane = forger.access("lane", 8, STEPS * tick + LAST_STEP, counter=2)
    authority = {"tick": tick, "account": 1, "lane": 0, "counter": 2, "lane_row": lane}
    state.emit("burns", {**authority, "transfer": 0, "withdraw": 1, "body": body(word)})
    return Forged(forger.seal())


@forgery("bus: lane")
def test_a_burn_leaves_the_nonce_as_it_was(native: Native) -> Forged:
    """The word can be used again."""
    world = open_batch(native)
    world.withdraw(1, 2 * CASH)
    forger = Forger(world)
    forger.forget(forger.row("burns")["lane_row"])
    return Forged(forger.seal())


@forgery("bus: lane")
def test_a_nonce_is_set_back(native: Native) -> Forged:
    """The page stores the counter that it loaded."""
    world = open_batch(native)
    world.withdraw(1, 1000)
    forger = Forger(world)
    forger.state.memory.lane.store(8, (0, 0))
    return Forged(forger.seal())


# ---------------------------------------------------------------------------------------------- burns
def burned(native: Native) -> World:
    """A batch in which a withdrawal of account 1 is refused, and burned."""
    world = open_batch(native)
    world._counters[1, 0] = 10
    world.withdraw(1, 2 * CASH)
    return world


def burn(world: World, word: int, **columns: int) -> Forger:
    """A batch with a burn of any word that account 1 signed."""
    forger = Forger(world)
    forger.row("burns").update(columns)
    digest = world._digest
    counter = forger.row("burns")["counter"]
    world.engine._state.signed[-1] = Word(1, word, tuple(world.native.sign(seed(1), (word, digest))))
    assert counter == word >> 31 & 2**48 - 1
    return forger


class Word:
    """A signed word of any kind."""

    def __init__(self, account: int, word: int, signature: tuple[int, int]) -> None:
        self.account = account
        self.signature = signature
        self.word = lambda: word


def headed(world: World, kind: int, packed: int = 0) -> int:
    """A word of account 1 under its last nonce."""
    return kind + (1 << 4) + (world._counters[1, 0] << 31) + (packed << WORD_BODY_SHIFT)


@forgery("burn: live is a bit")
def test_a_burn_is_live_twice_and_less_than_dead(native: Native) -> Forged:
    """Two in one slot and minus one in another: one burn in all."""
    return Forged(doubled(Forger(burned(native)).seal(), "burns"))


@forgery("burn: transfer is a bit")
def test_a_cancel_is_burned_as_a_third_of_a_transfer(native: Native) -> Forged:
    """Kind 2: what its owner relies on never happens."""
    world = burned(native)
    forger = burn(world, headed(world, KINDS["cancel"]), withdraw=0, transfer=part(1, 3), body=0)
    return Forged(forger.seal())


@forgery("burn: withdraw is a bit")
def test_a_cancel_all_is_burned_as_half_a_withdrawal(native: Native) -> Forged:
    """Kind 3."""
    world = burned(native)
    forger = burn(world, headed(world, KINDS["cancel_all"]), withdraw=part(1, 2), body=0)
    return Forged(forger.seal())


@forgery("burn: kind is place, transfer or withdraw")
def test_a_word_that_only_reads_is_burned(native: Native) -> Forged:
    """Transfer and withdrawal at once are kind 8: whoever was shown a read word would use up its owner's nonce."""
    world = burned(native)
    assert KINDS["read"] == KINDS["transfer"] + KINDS["withdraw"] - KINDS["place"]
    body = world.expiry()
    forger = burn(world, headed(world, KINDS["read"], body), transfer=1, body=body)
    return Forged(forger.seal())


@forgery("burn: body fits")
def test_a_cancel_is_burned_with_a_body_that_changes_its_head(native: Native) -> Forged:
    """The body makes up for the kind."""
    world = burned(native)
    lie = part(KINDS["cancel"] - KINDS["place"], 1 << WORD_BODY_SHIFT)
    forger = burn(world, headed(world, KINDS["cancel"]), withdraw=0, body=lie)
    return Forged(forger.seal())


@forgery("bus: authorised")
def test_a_cancel_is_burned(native: Native) -> Forged:
    """As a place with the cancel's body."""
    world = burned(native)
    return Forged(burn(world, headed(world, KINDS["cancel"], 5), withdraw=0, body=5).seal())


@forgery("bus: authorised")
def test_a_word_that_only_reads_is_burned_as_a_place(native: Native) -> Forged:
    """No chip takes kind 8, and a chip that says another kind asks for another word than the one that was signed."""
    world = burned(native)
    body = world.expiry()
    return Forged(burn(world, headed(world, KINDS["read"], body), withdraw=0, body=body).seal())


# ---------------------------------------------------------------------------------------------- burned items
POST = PlaceItem(0, GTC, 1, 0, MARK - 5, 1)
CROSSING = PlaceItem(0, GTC, 1, 0, MARK + 5, 1)


def sheeted(native: Native, *items) -> World:
    """A batch in which account 1 has a resting order, and a sheet whose place items cross and are burned."""
    world = open_batch(native)
    world.place(2, 1, MARK, 1)
    resting = world.place(1, 0, MARK - 7, 1)
    order = resting.order
    cancel = CancelItem(0, resting.slot, order.epoch, order.index)
    world.sheet(1, *(cancel if item is CancelItem else item for item in items), replace=0)
    return world


@forgery("item burn: live is a bit")
def test_an_item_burn_is_live_twice_and_less_than_dead(native: Native) -> Forged:
    """Two in one slot and minus one in another: one burned item in all."""
    return Forged(doubled(Forger(sheeted(native, CROSSING)).seal(), "item_burns"))


@forgery("item burn: tick, of a place item")
def test_a_cancel_item_is_burned(native: Native) -> Forged:
    """A tick beyond 2^26 leads to the key of a cancel: the order that its owner cancelled stays."""
    forger = Forger(sheeted(native, CancelItem))
    cancel, sheet = forger.drop("cancels"), forger.row("sheets")
    bits = sheet["packed"][0][1]
    forger.state.rows["item_burns"].append(
        {
            "tick": cancel["tick"] + (1 << ITEM_KIND_SHIFT),
            "account": 1,
            "second": 1 << 12,
            "bits": bits,
            "expiry": sheet["expiry"],
        }
    )
    return Forged(forger.seal())


@forgery("item burn: bits fits")
def test_a_cell_is_split_at_another_bit(native: Native) -> Forged:
    """The kind of the second item goes into the first one's bits: both are places, and burned."""
    forger = Forger(sheeted(native, CROSSING, CancelItem))
    cancel, sheet, first = forger.drop("cancels"), forger.row("sheets"), forger.row("item_burns")
    (_, place), (_, bits) = sheet["packed"]
    sheet["packed"] = ((0, place + 2**125), (0, bits))
    forger.state.rows["item_burns"] = [
        {**first, "bits": place + 2**125},
        {**first, "tick": cancel["tick"], "bits": bits},
    ]
    return Forged(forger.seal())


@forgery("bus: item")
def test_an_item_is_burned_that_no_sheet_has(native: Native) -> Forged:
    """With other bits than the sheet's, so that the sheet's own item is taken by nobody."""
    forger = Forger(sheeted(native, CROSSING))
    forger.row("item_burns")["bits"] += 1 << 60
    return Forged(forger.seal())


@forgery("bus: item")
def test_an_item_is_taken_twice(native: Native) -> Forged:
    """Burned in two slots."""
    forger = Forger(sheeted(native, CROSSING))
    forger.state.rows["item_burns"].append(forger.row("item_burns"))
    return Forged(forger.seal())


@forgery("bus: item")
def test_a_cancel_item_is_burned_as_a_place(native: Native) -> Forged:
    """Under the tick that it has."""
    forger = Forger(sheeted(native, CancelItem))
    cancel, sheet = forger.drop("cancels"), forger.row("sheets")
    row = {"tick": cancel["tick"], "account": 1, "second": 1 << 12, "bits": sheet["packed"][0][1]}
    forger.state.rows["item_burns"].append({**row, "expiry": sheet["expiry"]})
    return Forged(forger.seal())


# ---------------------------------------------------------------------------------------------- time
@forgery("time: a tick is used once")
def test_two_operations_share_a_tick(native: Native) -> Forged:
    """Two deposits in one block of steps: which of the two came first, nobody can say."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    world.deposit(2, 10, new=0)
    forger = Forger(world)
    together(forger)
    return Forged(forger.seal(), {"used[0]": 2})


@forgery("bus: time")
def test_two_operations_claim_one_tick(native: Native) -> Forged:
    """The tick is used once, and taken twice."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    world.deposit(2, 10, new=0)
    forger = Forger(world)
    together(forger)
    return Forged(forger.seal())


def together(forger: Forger) -> None:
    """The second deposit at the first one's tick."""
    first, second = forger.rows("deposits")
    second["tick"] = first["tick"]
    forger.move(second["cash"], time=first["cash"][TIME])


@forgery("bus: time")
def test_an_operation_after_the_end_of_the_batch(native: Native) -> Forged:
    """A tick that the class does not have comes after the fees."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    forger = Forger(world)
    row = forger.row("deposits")
    row["tick"] = XS.ticks + 5
    forger.move(row["cash"], time=STEPS * row["tick"] + LAST_STEP)
    return Forged(forger.seal())


@forgery("memory: time rises")
def test_what_is_earlier_sees_what_is_later(native: Native) -> Forged:
    """A withdrawal before the deposit that pays for it: each sees the cash as if it came the other way round."""
    world = open_batch(native)
    world.withdraw(1, 1000)
    world.deposit(1, 10, new=0)
    forger = Forger(world)
    out, into = forger.row("withdrawals")["cash"], forger.row("deposits")["cash"]
    loaded, between, stored = CASH, CASH + 10, into[AFTER][0]
    times = out[TIME], into[TIME]
    trace = forger.seal()
    assert trace["headers"][1]["cash"] == [times[1], [loaded], [stored]]
    trace["headers"][1]["cash"][0] = times[0]
    trace["deposits"][0]["cash"] = [0, loaded]
    trace["withdrawals"][0]["cash"] = [times[1], between]
    return Forged(trace)
