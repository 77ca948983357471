"""Forgeries of the public words: what the contract and the circuit both hold, and how they agree on it."""

from eth_hash.auto import keccak

from circuits.native import Native
from circuits.prover import Checker
from rollup import fingerprint
from rollup.batch import Domain
from rollup.hashing import domain_digest
from rollup.layout import CLASSES, COUNTS_WORD, FIELD, WITHDRAWAL_WORD, PublicWord, pack
from tests.forgeries.forge import Forger
from tests.forgeries.registry import Forged, forgery
from tests.worlds.scenes import funded, open_batch
from tests.worlds.world import CHAIN, CONTRACT, MARK, World

XS = CLASSES["XS"]
THIEF = 0xBAD


def paying(native: Native) -> World:
    """A batch with a deposit and a withdrawal: every section of the words is in use."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    world.withdraw(1, 1000)
    return world


def test_every_word_is_agreed_on(native: Native, checker: Checker) -> None:
    """The contract's copy has one more in one word; whichever it is, the fold is another, and nothing else is."""
    trace = Forger(paying(native)).seal()
    for place, word in enumerate(trace["words"]):
        found = checker.check(trace, overrides={f"agreed[{place}]": word + 1})
        assert set(found.broken) == {"fingerprint: fold"}, f"word {place}"


@forgery("fingerprint: fold")
def test_sections_do_not_shift(native: Native) -> Forged:
    """The contract reads the words of a deposit where those of the next one stand."""
    trace = Forger(paying(native)).seal()
    at, words = PublicWord.DEPOSITS, trace["words"]
    shifted = [0, *words[at : XS.word_count - 1]]
    return Forged(trace, {f"agreed[{at + place}]": word for place, word in enumerate(shifted)})


@forgery("fingerprint: sponge")
def test_a_digest_of_other_words_lets_one_word_be_traded_for_another(native: Native) -> Forged:
    """With p at will, z is known before the words are: the batch number makes up for a withdrawal to a thief.

    The circuit never looks at the number, so its copy may hold anything there.
    """
    trace = Forger(paying(native)).seal()
    contract = list(trace["words"])
    contract[XS.withdrawal_offset] = pack(WITHDRAWAL_WORD, {"owner": THIEF, "amount": 1000})
    sponge = 5
    challenge = drawn(sponge, contract)
    place = PublicWord.NUMBER
    surplus = fingerprint.fold(contract, challenge) - fingerprint.fold(trace["words"], challenge)
    trace["words"][place] = (contract[place] + surplus * pow(challenge, -place, FIELD)) % FIELD
    return Forged(
        trace,
        {
            "sponge": sponge,
            "challenge": challenge,
            "fold": fingerprint.fold(contract, challenge),
            **{f"agreed[{at}]": contract[at] for at in (place, XS.withdrawal_offset)},
        },
    )


def drawn(sponge: int, words: list[int]) -> int:
    """The challenge that the contract draws."""
    digest = keccak(b"".join(word.to_bytes(32) for word in (sponge, *fingerprint.sent_words(words, XS))))
    return int.from_bytes(digest) % FIELD


@forgery("statement: class")
def test_a_batch_of_another_class(native: Native) -> Forged:
    """The contract would take it for a batch of class S."""
    return Forged(Forger(paying(native)).seal(), {f"words[{PublicWord.CLASS}]": CLASSES["S"].number})


@forgery("statement: version")
def test_a_batch_of_another_version(native: Native) -> Forged:
    """Everything is signed for version 2 of the contract's statement, which this circuit does not state."""
    world = funded(native)
    world.domain = world.engine.domain = Domain(CHAIN, CONTRACT, 2)
    world._digest = domain_digest(native, *world.domain)
    world.begin(MARK, MARK)
    world.withdraw(1, 1000)
    return Forged(Forger(world).seal())


@forgery("statement: marks")
def test_a_mark_that_the_batch_did_not_set(native: Native) -> Forged:
    """The contract is told one micro-unit more."""
    trace = Forger(paying(native)).seal()
    return Forged(trace, {f"words[{PublicWord.MARKS}]": trace["words"][PublicWord.MARKS] + 1})


@forgery("statement: live slots come first")
def test_a_deposit_is_skipped_with_a_later_one_live(native: Native) -> Forged:
    """The first slot is dead and the second applied; by a count of one, the contract thinks it was the first."""
    world = open_batch(native)
    world.deposit(1, 10, new=0)
    trace = Forger(world).seal()
    first, then = PublicWord.DEPOSITS, PublicWord.DEPOSITS + 3
    trace["words"][first], trace["words"][then] = trace["words"][then], trace["words"][first]
    trace["deposits"].insert(0, {"live": 0})
    return Forged(trace)


@forgery("statement: counts")
def test_a_count_that_leaves_a_deposit_out(native: Native) -> Forged:
    """A deposit is credited that the contract does not take off its queue: it comes again in the next batch."""
    trace = Forger(paying(native)).seal()
    counts = pack(COUNTS_WORD, {"deposits": 0, "requests": 0, "withdrawals": 1})
    return Forged(trace, {f"words[{PublicWord.COUNTS}]": counts})


@forgery("statement: counts")
def test_a_count_that_leaves_a_withdrawal_out(native: Native) -> Forged:
    """The owner is debited, and owed nothing."""
    trace = Forger(paying(native)).seal()
    counts = pack(COUNTS_WORD, {"deposits": 1, "requests": 0, "withdrawals": 0})
    return Forged(trace, {f"words[{PublicWord.COUNTS}]": counts})
