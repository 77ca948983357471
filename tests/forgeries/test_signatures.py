"""Forgeries of keys and signatures: who may act for an account, and who reports prices."""

from itertools import count

from circuits.native import Native
from rollup.actions import Deposit, Report, Withdraw
from rollup.batch import Domain
from rollup.hashing import domain_digest
from rollup.layout import CLOCK_WORD, FIELD, LAST_STEP, STEPS, PublicWord, pack
from tests.forgeries.doors import force_open, rehash
from tests.forgeries.forge import Forger
from tests.forgeries.keys import (
    BASE_X,
    SLOTS,
    Thief,
    base_digits,
    eight_times,
    eighth,
    eighth_of,
    far_start,
    key_digits,
    moved_digits,
    weierstrass,
)
from tests.forgeries.liar import anything
from tests.forgeries.registry import Forged, forgery
from tests.twins import curve, schnorr
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import CHAIN, CONTRACT, MARK, OWNER, World, seed

OFF_CURVE = [3, 4]
"""A point that the curve does not have."""


def thief(native: Native) -> Thief:
    """Someone with a key of their own and no account."""
    return Thief(native, 3)


def withdrawing(native: Native, account: int = 1) -> tuple[World, Withdraw]:
    """A batch, and a withdrawal that nobody has signed yet."""
    world = open_batch(native)
    return world, Withdraw(account, 0, 1, 1000, world.expiry())


def key_of(native: Native, account: int) -> int:
    """x of an account's key."""
    return native.public_key(seed(account)).x


def stolen(native: Native) -> tuple[World, dict, Thief, list[int]]:
    """A batch in which a thief withdraws from account 1; and the digits of the challenge in the thief's comb."""
    world, action = withdrawing(native)
    someone, x = thief(native), key_of(native, 1)
    message = action.message(world._digest)
    world.apply(action._replace(signature=someone.sign(message, x)))
    return world, Forger(world).seal(), someone, someone.digits(message, x)


# ---------------------------------------------------------------------------------------------- signers
@forgery("signer: key of the account")
def test_a_thief_s_key_stands_for_an_account_s(native: Native) -> Forged:
    """The table of the signer slot is the thief's, under the account's x."""
    _, trace, someone, digits = stolen(native)
    return Forged(trace, lies={eighth(0): someone.eighth(), key_digits(0): digits})


@forgery("signer: key of the account")
def test_a_key_is_read_before_the_account_is_opened(native: Native) -> Forged:
    """The account has no key yet: a signer slot reads zeros."""
    world = open_batch(native)
    world.deposit(9, 1000)
    forger = Forger(world)
    read = forger.access("identity", 9, 5)
    trace = forger.seal()
    trace["signers"].append({"live": 1, "account": 9, "time": read[4], "identity": [0, 0, 0, 0]})
    return Forged(trace)


@forgery("signer: live is a bit")
def test_a_signer_is_live_by_a_fraction(native: Native) -> Forged:
    """The key's equation leans on what is left of live: by the right fraction, the account's x becomes the thief's.

    A second slot reads the rest of the account's row. It needs a key, too, but nobody has to know its secret.
    """
    world, action = withdrawing(native)
    x = key_of(native, 1)
    for secret in count(3):
        someone = Thief(native, secret)
        rest = curve.point_of((2 * x + BASE_X - someone.x) % FIELD)
        if rest:
            break
    message = action.message(world._digest)
    world.apply(action._replace(signature=someone.sign(message, x)))
    trace = Forger(world).seal()
    live = (1 - (someone.x - x) * pow(BASE_X, -1, FIELD)) % FIELD
    signer = trace["signers"][0]
    trace["signers"] = [{**signer, "live": live}, {**signer, "live": (1 - live) % FIELD}]
    answers = {eighth(0): someone.eighth(), eighth(1): eighth_of(rest), key_digits(0): someone.digits(message, x)}
    return Forged(trace, lies=answers)


@forgery("signer: account fits")
def test_a_fraction_of_an_account_has_a_signer(native: Native) -> Forged:
    """A step of time later and as much of an account less: memory cannot tell them apart."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    forger = Forger(world)
    forger.access("identity", 1, 5)
    trace = forger.seal()
    row = trace["headers"][1]["identity"][1]
    account = (1 - pow(2, -64, FIELD)) % FIELD
    trace["signers"].append({"live": 1, "account": account, "time": 6, "identity": [1, *row]})
    return Forged(trace)


@forgery("signer: time fits")
def test_a_neighbour_s_key_is_read_after_the_end_of_time(native: Native) -> Forged:
    """Account 1 at time 2^64 is account 2 at time 0: whoever has account 2 withdraws from account 1."""
    world, action = withdrawing(native)
    message = action.message(world._digest)
    neighbour = Thief(native, schnorr.secret(seed(2)))
    world.apply(action._replace(signature=neighbour.sign(message)))
    forger = Forger(world)
    read = forger.access("identity", 2, 1)
    trace = forger.seal()
    trace["withdrawals"][0]["identity"][0] = 0
    trace["signers"][0] |= {"time": 2**64 + 1, "identity": [2**64, *read[2]]}
    trace["signatures"][0]["key"] = neighbour.x
    return Forged(trace)


@forgery("signer: key in subgroup")
def test_a_key_off_the_curve(native: Native) -> Forged:
    """On another curve the order may be small, and a secret easy to find."""
    world = open_batch(native)
    with anything():
        world.apply(Deposit(9, 1000, 1, eight_times(*OFF_CURVE), 0, OWNER))
    forger = Forger(world)
    read = forger.access("identity", 9, 2 * STEPS)
    trace = forger.seal()
    trace["signers"].append({"live": 1, "account": 9, "time": read[4], "identity": [STEPS + LAST_STEP, *read[2]]})
    return Forged(trace, lies={eighth(0): OFF_CURVE})


@forgery("bus: signer")
def test_a_word_under_another_account_s_key(native: Native) -> Forged:
    """Account 1 signs a withdrawal of account 2 with its own key."""
    world, action = withdrawing(native, account=2)
    world.withdraw(1, 5)
    own = Thief(native, schnorr.secret(seed(1)))
    world.apply(action._replace(signature=own.sign(action.message(world._digest))))
    return Forged(Forger(world).seal(), {"signatures[1].signer": 0, "signatures[1].key": own.x})


@forgery("bus: a dead row is not read")
def test_a_signature_under_the_key_of_a_dead_slot(native: Native) -> Forged:
    """A dead signer slot read nothing: account and key in it are what the thief writes there."""
    world, action = withdrawing(native)
    someone = thief(native)
    message, x = action.message(world._digest), (someone.x - BASE_X) % FIELD
    world.apply(action._replace(signature=someone.sign(message, x)))
    dead = {"signers[1].account": 1, "signers[1].identity.key": x}
    signed = {"signatures[0].signer": 1, "signatures[0].key": x}
    answers = {eighth(1): someone.eighth(), key_digits(0): someone.digits(message, x)}
    return Forged(Forger(world).seal(), {**dead, **signed}, answers)


# ---------------------------------------------------------------------------------------------- signatures
@forgery("signature: live is a bit")
def test_a_word_is_signed_and_swallowed(native: Native) -> Forged:
    """A slot that is less than dead takes the word that another one puts: it is never applied, and never burned."""
    world = open_batch(native)
    world.withdraw(1, 5)
    action = world.signed(Withdraw, 1, amount=7, expiry=world.expiry())
    trace = Forger(world).seal()
    rx, s = action.signature
    row = {**trace["signatures"][0], "word": action.word(), "r_x": rx, "s": s}
    trace["signatures"] += [row, {**row, "live": -1}]
    return Forged(trace)


@forgery("signature: S below the order")
def test_another_s_for_the_same_signature(native: Native) -> Forged:
    """S and S + l are the same multiple of the base point."""
    world = open_batch(native)
    world.withdraw(1, 5)
    trace = Forger(world).seal()
    return Forged(trace, {"signatures[0].s": trace["signatures"][0]["s"] + curve.ORDER})


@forgery("signature: challenge of the hash")
def test_another_challenge_for_the_same_hash(native: Native) -> Forged:
    """The low bits of the hash plus the field's order, which is the same number in the circuit."""
    world, action = withdrawing(native)
    message = action.message(world._digest)
    owner = Thief(native, schnorr.secret(seed(1)))
    world.apply(action._replace(signature=owner.sign(message, wrap=FIELD)))
    return Forged(Forger(world).seal(), lies={key_digits(0): owner.digits(message, wrap=FIELD)})


@forgery("signature: start drawn by the challenge")
def test_a_start_of_the_sums_at_will(native: Native) -> Forged:
    """A point that the challenge does not draw could be one at which a chord is no sum."""
    world = open_batch(native)
    world.withdraw(1, 5)
    return Forged(Forger(world).seal(), lies={"signature: start#0": far_start()})


@forgery("signature: the equation holds")
def test_another_s(native: Native) -> Forged:
    """One more."""
    world = open_batch(native)
    world.withdraw(1, 5)
    trace = Forger(world).seal()
    return Forged(trace, {"signatures[0].s": trace["signatures"][0]["s"] + 1})


@forgery("signature: the equation holds")
def test_a_word_signed_for_another_chain(native: Native) -> Forged:
    """The same contract on chain 1."""
    world, action = withdrawing(native)
    elsewhere = domain_digest(native, *Domain(CHAIN + 1, CONTRACT))
    world.apply(action._replace(signature=tuple(native.sign(seed(1), action.message(elsewhere)))))
    return Forged(Forger(world).seal())


@forgery("signature: the equation holds")
def test_the_signature_of_another_word(native: Native) -> Forged:
    """What was signed is a withdrawal of 1,000; the word says a million."""
    world, action = withdrawing(native)
    signature = tuple(native.sign(seed(1), action.message(world._digest)))
    world.apply(action._replace(amount=10**6, signature=signature))
    return Forged(Forger(world).seal())


@forgery("signature: the equation holds")
def test_a_word_signed_in_a_longer_message(native: Native) -> Forged:
    """The head of a sheet is no single word: the widths of their hashes differ."""
    world, action = withdrawing(native)
    digest = world._digest
    signature = tuple(native.sign(seed(1), (digest, action.word(), *(0,) * 12)))
    world.apply(action._replace(signature=signature))
    return Forged(Forger(world).seal())


@forgery("bus: comb")
def test_points_of_a_thief_s_table(native: Native) -> Forged:
    """The account's key is proven, but the points that are added up are multiples of another one."""
    _, trace, _, digits = stolen(native)
    return Forged(trace, lies={key_digits(0): digits})


@forgery("bus: comb")
def test_a_padding_signature_that_is_live(native: Native) -> Forged:
    """The points of a dead slot add up to nothing, whatever the word."""
    world, action = withdrawing(native)
    world.apply(action)
    trace = Forger(world).seal()
    trace["signatures"][0] |= {"r_x": 0, "s": 0}
    return Forged(trace, lies={key_digits(0): padding(thief(native), action.message(world._digest), trace)})


def padding(someone: Thief, message: tuple[int, ...], trace: dict) -> list[int]:
    """Points of a dead slot's signature, with the digits of a live one's challenge."""
    someone.rx = 0
    digits = someone.digits(message, trace["signatures"][0]["key"])[42:]
    rest = curve.multiply(curve.BASE, 2**21 - 2)
    first = (rest[0], -rest[1] % FIELD)
    points = [first, *[curve.BASE] * 20]
    return [coordinate for point in points for coordinate in weierstrass(point)] + digits


@forgery("bus: fixed")
def test_points_of_s_that_are_no_entries(native: Native) -> Forged:
    """One column more, the next one less: the sum is kept, by points that no digit names."""
    world = open_batch(native)
    world.withdraw(1, 5)
    trace = Forger(world).seal()
    return Forged(trace, lies={base_digits(0): moved_digits(trace["signatures"][0]["s"])})


# ---------------------------------------------------------------------------------------------- reports
def dictated(native: Native) -> tuple[World, Thief, tuple[int, ...], int]:
    """A priced batch in which a thief signed the first report; its message, and x of the reporter."""
    world = funded(native)
    world.clock += 10
    someone = thief(native)
    x = native.public_key(seed("reporter 0")).x
    reports = world.reports(MARK + 1, MARK)
    message = reports[0].message(world._digest)
    reports[0] = reports[0]._replace(signature=someone.sign(message, x))
    force_open(world, world.clock, reports)
    return world, someone, message, x


@forgery("report: key of the reporter")
def test_a_thief_s_key_stands_for_a_reporter_s(native: Native) -> Forged:
    """The table of the report is the thief's, under the reporter's x."""
    world, someone, message, x = dictated(native)
    answers = {
        eighth(SLOTS["signers"]): someone.eighth(),
        key_digits(SLOTS["signatures"]): someone.digits(message, x),
    }
    return Forged(Forger(world).seal(), lies=answers)


@forgery("report: key in subgroup")
def test_a_reporter_off_the_curve(native: Native) -> Forged:
    """In a batch without reports, where every key may be named."""
    world = funded(native)
    world.begin()
    x = (eight_times(*OFF_CURVE) - BASE_X) % FIELD
    return Forged(Forger(world).seal(), {"reports[0].x": x}, {eighth(SLOTS["signers"]): OFF_CURVE})


@forgery("signature: the equation holds")
def test_reports_of_two_rounds(native: Native) -> Forged:
    """One of three reports is of the second before."""
    world = funded(native)
    world.clock += 10
    reports = world.reports(MARK + 1, MARK)
    late = world.report(1, world.clock - 1, reports[1].prices)
    reports[1] = late._replace(round=world.clock)
    force_open(world, world.clock, reports)
    return Forged(Forger(world).seal())


@forgery("signature: the equation holds")
def test_prices_that_nobody_reported(native: Native) -> Forged:
    """One of three reports is signed for another price."""
    world = funded(native)
    world.clock += 10
    reports = world.reports(MARK + 1, MARK)
    reports[1] = reports[1]._replace(prices=(MARK + 2, *reports[1].prices[1:]))
    force_open(world, world.clock, reports)
    return Forged(Forger(world).seal())


@forgery("advance: priced is a bit")
def test_a_batch_is_priced_twice(native: Native) -> Forged:
    """Twice the way to now makes a round in the future, and marks that stay fresh until then.

    Keys of live reports lean on what is left of live, so these are of reporters whose shifted keys the liar knows.
    """
    world = World(native)
    state, twice = world.engine._state, 2
    liars = [Thief(native, secret) for secret in (3, 5, 7)]
    reporters = list(state.genesis.reporters)
    places = (0, 2, 4)
    for place, liar in zip(places, liars):
        reporters[place] = ((liar.x + BASE_X) % FIELD, 0)
    state.genesis = state.genesis._replace(reporters=tuple(reporters))
    rehash(world)
    round_ = twice * world.clock
    answers, reports = {}, []
    for slot, (place, liar) in enumerate(zip(places, liars)):
        report = Report(place, round_, (MARK, MARK, *(0,) * 6))
        message, x = report.message(world._digest), reporters[place][0]
        reports.append(report._replace(signature=liar.sign(message, x)))
        answers[eighth(SLOTS["signers"] + slot)] = liar.eighth()
        answers[key_digits(SLOTS["signatures"] + slot)] = liar.digits(message, x)
    force_open(world, world.clock, reports)
    state.system = state.system._replace(round=round_)
    state.markets[:2] = [market._replace(mark=twice * MARK, price_time=twice * round_) for market in state.markets[:2]]
    state._judge_markets()
    word = pack(CLOCK_WORD, {"clock": world.clock, "round": round_, "priced": twice})
    return Forged(Forger(world).seal(), {"advance.priced": twice, f"words[{PublicWord.CLOCK}]": word}, answers)
