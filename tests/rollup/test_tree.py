"""The sparse tree against one that is written out, and the rows that the node table opens."""

import pytest

from rollup.layout import BOOK_INDEX, HEADER_INDEX, LEVELS, MARKET_INDEX, SYSTEM_INDEX
from rollup.tree import EMPTY_PAGE, Tree
from tests.twins.hasher import QuickHasher

HASHER = QuickHasher()


def page(number: int) -> tuple[int, ...]:
    return (number, *EMPTY_PAGE[1:])


PAGES = {
    (2, SYSTEM_INDEX): page(1),
    (2, MARKET_INDEX): page(2),
    (2, BOOK_INDEX + 1024 * 3 + 7): page(3),
    (0, HEADER_INDEX): page(4),
    (0, HEADER_INDEX + 1): page(5),
    (0, HEADER_INDEX + 999_999): page(6),
}


def hashed(pages: dict, level: int, index: int) -> int:
    """Hash of the child at a level by walking down: a page, or eight children below; slow and obvious."""
    is_near = level >= 2 and index < 8 ** (8 - level)
    bottom = 2 if is_near else 0
    mine = [at for at in pages if at[0] == bottom and at[1] >> 3 * (level - bottom) == index]
    if not mine and level > bottom:
        return empty(level - bottom)
    if level == bottom:
        return HASHER.compress_many(16, [pages.get((level, index), EMPTY_PAGE)])[0]
    children = tuple(hashed(pages, level - 1, 8 * index + child) for child in range(8))
    return HASHER.compress_many(8, [children])[0]


def empty(height: int) -> int:
    digest = HASHER.compress_many(16, [EMPTY_PAGE])[0]
    for _ in range(height):
        digest = HASHER.compress_many(8, [(digest,) * 8])[0]
    return digest


def root_of(pages: dict) -> int:
    """The root has the near subtree as its first child, then seven far ones."""
    near = hashed({at: cells for at, cells in pages.items() if at[0] == 2}, 8, 0)
    far = {at: cells for at, cells in pages.items() if at[0] == 0}
    return HASHER.compress_many(8, [(near, *(hashed(far, 8, child) for child in range(1, 8)))])[0]


def test_the_root_is_that_of_the_tree_written_out() -> None:
    tree = Tree()
    tree.update(HASHER, PAGES)
    assert tree.root == root_of(PAGES)


def test_an_update_gives_the_root_of_a_fresh_tree_and_opens_the_nodes_above_what_changed() -> None:
    tree = Tree()
    tree.update(HASHER, PAGES)
    before = tree.root
    changed = {(0, HEADER_INDEX + 9): page(7), (2, MARKET_INDEX): page(2)}
    rows = tree.update(HASHER, changed)
    fresh = Tree()
    fresh.update(HASHER, {**PAGES, **changed})
    assert tree.root == fresh.root != before
    assert [len(level) for level in rows] == [1, 1, 2, 2, 2, 2, 2, 2, 1]
    header = rows[0][0]
    assert header.index == (HEADER_INDEX + 9) // 8
    assert header.flags == (0, 1, 0, 0, 0, 0, 0, 0)
    assert header.before[1] == empty(0)
    market = rows[2][0]
    assert (market.index, market.flags, market.before) == (1, (1, 0, 0, 0, 0, 0, 0, 0), market.after)


def test_rows_link_from_level_to_level() -> None:
    tree = Tree()
    tree.update(HASHER, PAGES)
    rows = tree.update(HASHER, {at: page(sum(cells) + 10) for at, cells in PAGES.items()})
    for level in range(LEVELS - 1):
        above = {row.index: row for row in rows[level + 1]}
        for row in rows[level]:
            parent = above[row.index // 8]
            child = row.index % 8
            assert parent.flags[child]
            assert parent.before[child] == HASHER.compress_many(8, [row.before])[0]
            assert parent.after[child] == HASHER.compress_many(8, [row.after])[0]
    assert HASHER.compress_many(8, [rows[-1][0].after])[0] == tree.root
    for level in rows:
        assert [row.index for row in level] == sorted(row.index for row in level)


def test_a_tree_survives_a_snapshot() -> None:
    tree = Tree()
    tree.update(HASHER, PAGES)
    copy = Tree.from_dict(tree.to_dict())
    assert copy.root == tree.root
    more = {(0, HEADER_INDEX + 5): page(9)}
    assert copy.update(HASHER, more) == tree.update(HASHER, more)


@pytest.mark.parametrize("at", PAGES)
def test_every_page_counts(at: tuple[int, int]) -> None:
    tree, other = Tree(), Tree()
    tree.update(HASHER, PAGES)
    other.update(HASHER, {**PAGES, at: page(99)})
    assert tree.root != other.root
