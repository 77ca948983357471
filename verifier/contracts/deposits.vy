# pragma version 0.4.3
"""
@title Accounts and the queue of deposits
@license Apache-2.0
@notice Numbers accounts, binds a trading key and an owner to each for good, and queues only deposits that the rollup can
        always apply.
@dev Words:
     deposit  three public words: account | amount << 24 | new << 84, then key and owner, both 0 unless new
     link     keccak256(link before, deposit): one storage slot a deposit, and one comparison for many at settlement
"""
import layout
import vault

uses: vault

event Deposited:
    index: indexed(uint256)
    account: indexed(uint256)
    owner: indexed(address)
    amount: uint256
    key: uint256  # 0 unless the account is new

# The twisted Edwards curve over BN254's scalar field: -x^2 + y^2 = 1 + D x^2 y^2.
CURVE_D: constant(uint256) = 12181644023421730124874158521699555681764249180949974110617291017600649128846
ACCOUNTS_MAX: constant(uint256) = 2**layout.ACCOUNT_BITS - 1
NEW: constant(uint256) = 2 ** (layout.ACCOUNT_BITS + layout.AMOUNT_BITS)

# Smallest deposit, micro-units.
minimum: public(immutable(uint256))
# Accounts are numbered from 1; 0 is the fee account.
accounts: public(uint256)
owner_of: public(HashMap[uint256, address])
# Deposits ever queued, and what each left behind: link_of[i] covers deposits 1 to i.
queued: public(uint256)
link_of: public(HashMap[uint256, bytes32])


@deploy
def __init__(minimum_: uint256):
    assert minimum_ > 0 and minimum_ <= layout.DEPOSIT_MAX, "deposit: minimum out of range"
    minimum = minimum_


@external
@nonreentrant
def open_account(amount: uint256, key_x: uint256, key_y: uint256) -> uint256:
    """
    @notice Make an account, owned by the sender, with a first deposit.
    @param amount Micro-units; what is received counts.
    @param key_x Trading key, a point of the twisted Edwards curve. It cannot be changed in this release.
    @return The account's number.
    """
    assert key_x != 0 and key_x < layout.FIELD and key_y < layout.FIELD, "deposit: key out of range"
    assert self._on_curve(key_x, key_y), "deposit: key is not on the curve"
    account: uint256 = self.accounts + 1
    assert account <= ACCOUNTS_MAX, "deposit: no account numbers left"
    self.accounts = account
    self.owner_of[account] = msg.sender
    self._queue(account, msg.sender, amount, key_x)
    return account


@external
@nonreentrant
def deposit(account: uint256, owner: address, amount: uint256):
    """
    @notice Add to an account. Anyone may; naming the owner guards against a wrong number.
    @param amount Micro-units; what is received counts.
    """
    assert owner != empty(address) and self.owner_of[account] == owner, "deposit: account has another owner"
    self._queue(account, owner, amount, 0)


@internal
def _queue(account: uint256, owner: address, asked: uint256, key: uint256):
    assert asked <= layout.DEPOSIT_MAX, "deposit: more than the most"
    amount: uint256 = vault.take(asked)
    assert amount >= minimum, "deposit: less than the minimum"
    assert amount <= layout.DEPOSIT_MAX, "deposit: more than the most"
    vault.hold(amount)
    word: uint256 = account | amount << layout.ACCOUNT_BITS
    bound_owner: uint256 = 0
    if key != 0:
        word |= NEW
        bound_owner = convert(owner, uint256)
    index: uint256 = self.queued + 1
    self.queued = index
    self.link_of[index] = keccak256(abi_encode(self.link_of[index - 1], word, key, bound_owner))
    log Deposited(index=index, account=account, owner=owner, amount=amount, key=key)


@internal
@view
def are_next(taken: uint256, count: uint256, words: Bytes[96 * layout.L_DEPOSITS]) -> bool:
    """
    @return Whether these are the words of the deposits that follow the first `taken` ones.
    @dev Past the end of the queue there is no link: zero, which is no hash.
    """
    if count == 0:
        return True
    link: bytes32 = self.link_of[taken]
    for i: uint256 in range(count, bound=layout.L_DEPOSITS):
        link = keccak256(concat(link, slice(words, 96 * i, 96)))
    return link == self.link_of[taken + count]


@internal
@pure
def _on_curve(x: uint256, y: uint256) -> bool:
    xx: uint256 = uint256_mulmod(x, x, layout.FIELD)
    yy: uint256 = uint256_mulmod(y, y, layout.FIELD)
    dxxyy: uint256 = uint256_mulmod(uint256_mulmod(CURVE_D, xx, layout.FIELD), yy, layout.FIELD)
    return yy == uint256_addmod(uint256_addmod(xx, 1, layout.FIELD), dxxyy, layout.FIELD)
